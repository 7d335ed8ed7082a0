import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ScimError } from '#scim';
import type { Client, ScimHttpRequest } from './client.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeyUse } from './key-use.js';
import { Keys } from './keys.js';
import { TOKEN_ISSUERS, type TokenIssuers } from './tokens/token-issuers.js';

/** Every scheme on offer (RFC 7644 §2, RFC 9110 §11.6.1). */
const SCHEMES = 'Bearer realm="SCIM", ApiKey realm="SCIM"';
const INVALID = 'Bearer realm="SCIM", error="invalid_token", ApiKey realm="SCIM"';

/** Tells who sends a request, and slows down who guesses. */
@Injectable()
export class Authenticator {
  private readonly failures = new FailedAttempts();

  constructor(
    private readonly keys: Keys,
    private readonly use: KeyUse,
    @Inject(TOKEN_ISSUERS) private readonly issuers: TokenIssuers,
  ) {}

  /** @throws ScimError 401, 429, or 503 while an issuer of tokens cannot be asked */
  async authenticate(request: ScimHttpRequest): Promise<Client> {
    const presented = presentedKeys(request);
    if (presented.length === 0) throw new ScimError(401, undefined, NO_KEY, challenge(SCHEMES));
    let reason = UNKNOWN;
    for (const key of presented) {
      const found = this.keys.find(key) ?? (await this.issuers.verify(key));
      if (found !== undefined && typeof found === 'object') {
        this.use.note(found);
        return found;
      }
      if (found === 'expired') reason = EXPIRED;
    }
    return this.refuse(request, reason);
  }

  /** Tells a wrong key so, the later the more often it happens; the right one never waits. */
  private async refuse(request: ScimHttpRequest, reason: string): Promise<never> {
    const { retryAfter, pause, done } = this.failures.note(request.ip ?? '');
    if (retryAfter !== undefined) {
      throw new ScimError(
        429,
        undefined,
        `Too many requests with an unknown key; try again in ${retryAfter} seconds.`,
        { 'Retry-After': String(retryAfter) },
      );
    }
    try {
      await delay(pause);
    } finally {
      done();
    }
    throw new ScimError(401, undefined, reason, challenge(INVALID));
  }
}

const NO_KEY = 'A key is needed, as "Authorization: Bearer <key>" or as "x-api-key: <key>".';
const UNKNOWN = 'The key is not known here.';
const EXPIRED = 'The key or token has expired.';

function challenge(schemes: string) {
  return { 'WWW-Authenticate': schemes };
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
