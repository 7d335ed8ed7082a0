import type { NextFunction, Request, Response } from 'express';
import { ScimError } from '#scim';
import { noSuchPath } from './scim.adapter.js';

/** What answers outside of BASE_PATH too: what operators ask, and the interface for people. */
const OUTSIDE = /^\/(?:health|livez|readyz|metrics|api(?:-json|-yaml)?|\.well-known)?(?:\/|$)/;

/**
 * Takes BASE_PATH and the version segment (RFC 7644 §3.13) off the path, so that routes know
 * neither. Only version 2 exists.
 */
export function pathMiddleware(basePath: string) {
  const base = basePath.toLowerCase();
  return (request: Request, _response: Response, next: NextFunction): void => {
    try {
      request.url = localUrl(request.url, base);
      next();
    } catch (error) {
      next(error);
    }
  };
}

/**
 * @param base lower-case, without a slash at the end
 * @throws ScimError 404 outside of the base, 400 invalidVers for another version
 */
export function localUrl(url: string, base: string): string {
  const local = withoutBase(singleSlashes(url.startsWith('/') ? url : relative(url)), base);
  // Looked at before the pattern runs: nearly no path starts like a version.
  if (local[1] !== 'v' && local[1] !== 'V') return local;
  const [segment, version] = /^\/v(\d+)(?=[/?]|$)/i.exec(local) ?? [];
  if (segment === undefined) return local;
  if (Number(version) !== 2) {
    throw new ScimError(400, 'invalidVers', 'This service speaks SCIM version 2 only: /v2.');
  }
  const rest = local.slice(segment.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function withoutBase(url: string, base: string): string {
  if (base === '') return url;
  const next = url[base.length];
  const inside = next === undefined || next === '/' || next === '?';
  if (inside && url.slice(0, base.length).toLowerCase() === base) {
    const rest = url.slice(base.length);
    return rest.startsWith('/') ? rest : `/${rest}`;
  }
  const path = url.split('?', 1)[0] ?? '';
  if (path === '/' || !OUTSIDE.test(path)) throw noSuchPath();
  return url;
}

/** A base URL that ends in a slash makes `//Users` of `/Users`. */
function singleSlashes(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') + url.slice(path.length) : url;
}

/** A proxy may send the whole address as the request target (RFC 9112 §3.2.2). */
function relative(url: string): string {
  if (!URL.canParse(url)) throw noSuchPath();
  const { pathname, search } = new URL(url);
  return pathname + search;
}
