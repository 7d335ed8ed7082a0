import { createServer } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { notFound, ScimError } from '#scim';
import { isReply, writeReply } from './reply.js';

/**
 * Milliseconds between looks for clients that are too slow: Node's own half minute would add itself to
 * every time limit.
 */
const SLOWNESS_CHECK = 1_000;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Express, with the two answers that Nest leaves to its adapter: replies of controllers are written
 * without detours, and a known path that lacks the method is told from an unknown one (RFC 9110
 * §15.5.6). That needs no help of a controller: every route it registers passes through here.
 */
export class ScimAdapter extends ExpressAdapter {
  private readonly routes: { readonly path: readonly string[]; readonly method: string }[] = [];

  constructor() {
    super();
    for (const method of METHODS) {
      const register = this[method].bind(this) as (...route: unknown[]) => unknown;
      this[method] = (...route: unknown[]): unknown => {
        const [path] = route;
        if (typeof path === 'string') {
          this.routes.push({ method: method.toUpperCase(), path: segments(path) });
        }
        return register(...route);
      };
    }
  }

  override initHttpServer(options: NestApplicationOptions): void {
    const connectionsCheckingInterval = SLOWNESS_CHECK;
    if (options.httpsOptions === undefined) {
      this.httpServer = createServer({ connectionsCheckingInterval }, this.getInstance());
      return;
    }
    const httpsOptions = { ...options.httpsOptions, connectionsCheckingInterval };
    super.initHttpServer({ ...options, httpsOptions });
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (isReply(body)) return writeReply(response, body);
    return super.reply(response, body, statusCode);
  }

  override setNotFoundHandler(): unknown {
    return this.use((request: Request, response: Response, next: NextFunction) => {
      const allowed = this.methodsAt(request.path);
      if (request.method === 'OPTIONS' && allowed !== '') {
        writeReply(response, { status: 204, headers: { Allow: allowed } });
        return;
      }
      next(allowed === '' ? noSuchPath() : wrongMethod(request.method, allowed));
    });
  }

  /** The methods of a path as an Allow header has them; empty for an unknown path. */
  methodsAt(path: string): string {
    const asked = segments(path);
    const methods = new Set<string>();
    for (const route of this.routes) {
      if (!matches(route.path, asked)) continue;
      methods.add(route.method);
      if (route.method === 'GET') methods.add('HEAD');
    }
    return [...methods].join(', ');
  }
}

export function noSuchPath(): ScimError {
  return notFound('There is nothing at this path; /ResourceTypes lists the endpoints.');
}

function wrongMethod(method: string, allowed: string): ScimError {
  return new ScimError(405, undefined, `${method} is not possible here, but ${allowed} is.`, {
    Allow: allowed,
  });
}

/** Express takes paths in any case, and with a slash at the end. */
function segments(path: string): readonly string[] {
  const parts = path.toLowerCase().split('/').slice(1);
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts;
}

function matches(route: readonly string[], asked: readonly string[]): boolean {
  return (
    route.length === asked.length &&
    route.every((part, i) => part === asked[i] || (part.startsWith(':') && asked[i] !== ''))
  );
}
