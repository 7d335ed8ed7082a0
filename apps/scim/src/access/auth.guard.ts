import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ScimError } from '#scim';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import type { Client, ScimHttpRequest } from './client.js';
import { FailedAttempts } from './failed-attempts.js';
import { Keyring } from './keyring.js';
import { ACCESS, type Access, RouteMetadata } from './route-access.js';

/** Every scheme on offer (RFC 7644 §2, RFC 9110 §11.6.1). */
const CHALLENGES = { 'WWW-Authenticate': 'Bearer realm="SCIM", ApiKey realm="SCIM"' };

/** Lets a request through to its route only with a key that is known and may do it. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly keyring: Keyring;
  /** What needs no key. */
  private readonly open: ReadonlySet<Access>;
  private readonly failures = new FailedAttempts();
  private readonly access: RouteMetadata<Access>;

  constructor(@Inject(CONFIGURATION) configuration: Configuration, reflector: Reflector) {
    this.access = new RouteMetadata(reflector, ACCESS);
    this.keyring = new Keyring(configuration.tenants);
    const { discoveryPublic, metricsPublic } = configuration;
    this.open = new Set<Access>([
      'public',
      ...(discoveryPublic ? (['discovery'] as const) : []),
      ...(metricsPublic ? (['metrics'] as const) : []),
    ]);
  }

  /** @throws ScimError 401, 403 or 429 */
  canActivate(context: ExecutionContext): boolean {
    const access = this.access.of(context);
    if (access !== undefined && this.open.has(access)) return true;
    const request = context.switchToHttp().getRequest<ScimHttpRequest>();
    const client = this.authenticate(request);
    if (!client.canWrite && access === undefined && !isRead(request.method)) throw readOnly();
    request.client = client;
    return true;
  }

  private authenticate(request: ScimHttpRequest): Client {
    const keys = presentedKeys(request);
    for (const key of keys) {
      const client = this.keyring.find(key);
      if (client !== undefined) return client;
    }
    if (keys.length === 0) {
      throw new ScimError(
        401,
        undefined,
        'A key is needed, as "Authorization: Bearer <key>" or as "x-api-key: <key>".',
        CHALLENGES,
      );
    }
    const wait = this.failures.note(request.ip ?? '');
    if (wait === undefined) {
      throw new ScimError(401, undefined, 'The key is not known here.', CHALLENGES);
    }
    throw new ScimError(
      429,
      undefined,
      `Too many requests with an unknown key; try again in ${wait} seconds.`,
      { 'Retry-After': String(wait) },
    );
  }
}

/** What a client that may only read is told when it wants to write. */
export function readOnly(): ScimError {
  return new ScimError(403, undefined, 'This key may read, but not change anything.');
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function presentedKeys(request: ScimHttpRequest): readonly string[] {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const keys: string[] = [];
  // Express joins repeated headers; the scheme is matched in any case (RFC 9110 §11.1).
  if (authorization !== undefined && /^bearer /i.test(authorization)) {
    keys.push(authorization.slice('bearer '.length).trim());
  }
  if (typeof apiKey === 'string') keys.push(apiKey);
  return keys;
}
