import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { Authenticator } from './authenticator.js';
import type { Client, ScimHttpRequest } from './client.js';
import { authorise, insufficient, speaksForNobody } from './rights.js';
import { ACCESS, type Access, RouteMetadata } from './route-access.js';

/** Lets a request through to its route only with a key or token that is known and may do it. */
@Injectable()
export class AuthGuard implements CanActivate {
  /** What needs no key. */
  private readonly open: ReadonlySet<Access>;
  private readonly access: RouteMetadata<Access>;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {
    this.access = new RouteMetadata(reflector, ACCESS);
    const { discoveryPublic, metricsPublic } = configuration;
    this.open = new Set<Access>([
      'public',
      ...(discoveryPublic ? (['discovery'] as const) : []),
      ...(metricsPublic ? (['metrics'] as const) : []),
    ]);
  }

  /** @throws ScimError 401, 403, 429, or 503 while an issuer of tokens cannot be asked */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.access.of(context);
    if (access !== undefined && this.open.has(access)) return true;
    const request = context.switchToHttp().getRequest<ScimHttpRequest>();
    const client = await this.authenticator.authenticate(request);
    request.sender = client;
    demand(client, access, request.method);
    return true;
  }
}

/** What can be told from the route alone; the rest is judged where the resource type is known. */
function demand({ rights, subject }: Client, access: Access | undefined, method: string): void {
  if (access === undefined) authorise(rights, isRead(method) ? 'read' : 'write');
  if (access === 'own' && subject === undefined) throw speaksForNobody();
  if (access === 'metrics' && !rights.events && !rights.read) {
    throw insufficient('This client may not see measures.', ['events']);
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
