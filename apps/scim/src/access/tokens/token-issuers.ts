import { createHash } from 'node:crypto';
import { decodeJwt, type JWTPayload } from 'jose';
import { isArray } from '#scim';
import type { OidcConfiguration } from '../../config/oidc.js';
import type { Client } from '../client.js';
import { type Rights, rightsOf } from '../rights.js';
import type { OwnTokens } from './own-tokens.js';
import { TrustedIssuer } from './trusted-issuer.js';

/** Injection token of the `TokenIssuers`. */
export const TOKEN_ISSUERS = Symbol('TOKEN_ISSUERS');

const NOTHING: Rights = Object.freeze({
  read: false,
  write: false,
  events: false,
  endpoints: undefined,
});

/** Finds out whom a token speaks for, by the issuer that it names. */
export class TokenIssuers {
  private readonly trusted: ReadonlyMap<string, TrustedIssuer>;

  constructor(
    private readonly oidc: OidcConfiguration | undefined,
    private readonly own: OwnTokens | undefined,
  ) {
    const issuers = oidc?.issuers ?? [];
    this.trusted = new Map(
      issuers.flatMap((issuer) =>
        oidc === undefined ? [] : [[issuer, new TrustedIssuer({ ...oidc, issuer })]],
      ),
    );
  }

  /**
   * @returns the client, `expired`, or undefined for what is no good token
   * @throws ScimError 503 while the issuer cannot be asked for its keys
   */
  async verify(token: string): Promise<Client | 'expired' | undefined> {
    const issuer = issuerOf(token);
    if (issuer === undefined) return undefined;
    if (issuer === this.own?.issuer) return this.own.verify(token);
    const payload = await this.trusted.get(issuer)?.verify(token);
    if (payload === 'expired') return payload;
    return payload === undefined || this.oidc === undefined
      ? undefined
      : clientOfToken(payload, this.oidc);
  }
}

/** What a token says of its issuer, before anything of it is believed. */
function issuerOf(token: string): string | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function clientOfToken(payload: JWTPayload, oidc: OidcConfiguration): Client {
  const granted = scopesOf(payload).flatMap((scope) => oidc.scopes[scope] ?? []);
  const scopes = [...granted, ...(oidc.scopes['*'] ?? [])];
  const { sub } = payload;
  return {
    id: `token:${nameOf(payload)}`,
    tenant: oidc.tenant,
    // No scope at all would stand for everything.
    rights: scopes.length === 0 ? NOTHING : rightsOf(scopes),
    ...(oidc.subject === undefined || sub === undefined ? {} : { subject: sub }),
  };
}

/** `scope` (RFC 8693 §4.2) is one text; Entra's `scp` too, and its `roles` are a list. */
function scopesOf({ scope, scp, roles }: JWTPayload): readonly string[] {
  return [scope, scp, roles].flatMap((claim): readonly string[] => {
    if (typeof claim === 'string') return claim.split(' ').filter((name) => name !== '');
    return isArray(claim) ? claim.filter((name) => typeof name === 'string') : [];
  });
}

/** The application a token was made for, else its subject; a digest where logs could not show it. */
function nameOf({ iss, azp, appid, client_id: clientId, sub }: JWTPayload): string {
  const name = [clientId, azp, appid, sub].find((claim) => typeof claim === 'string') ?? '';
  const digest = createHash('sha256').update(`${iss} ${name}`).digest('hex').slice(0, 16);
  return typeof name === 'string' && /^[\w.:@-]{1,100}$/.test(name) ? name : digest;
}
