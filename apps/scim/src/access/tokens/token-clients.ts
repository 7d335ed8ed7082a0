import { timingSafeEqual } from 'node:crypto';
import { digestOf } from '../../config/keys.js';
import type { OAuthClient } from '../../config/token-values.js';
import { AssertionReplays } from './assertion-replays.js';
import { TrustedIssuer } from './trusted-issuer.js';

/** Media type of assertions that stand for a client (RFC 7523 §2.2). */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a client says of itself to the token endpoint. */
export interface Credentials {
  readonly id: string | undefined;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
}

export interface TokenClientsOptions {
  readonly clients: readonly OAuthClient[];
  readonly algorithms: readonly string[];
  /** Seconds. */
  readonly clockSkew: number;
}

/** Tells which client asks for a token: by its secret, or by an assertion of its issuer. */
export class TokenClients {
  private readonly byId: ReadonlyMap<string, OAuthClient>;
  private readonly issuers = new Map<string, TrustedIssuer>();
  private readonly replays = new AssertionReplays();

  constructor(options: TokenClientsOptions) {
    const { algorithms, clockSkew } = options;
    this.byId = new Map(options.clients.map((client) => [client.id, client]));
    for (const { id, assertion } of options.clients) {
      if (assertion !== undefined) {
        this.issuers.set(id, new TrustedIssuer({ ...assertion, algorithms, clockSkew }));
      }
    }
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** @returns undefined for whoever cannot prove to be a client. @throws ScimError 503 */
  async authenticate(credentials: Credentials): Promise<OAuthClient | undefined> {
    const { id, secret, assertion, assertionType } = credentials;
    if (assertion === undefined) return this.bySecret(id, secret);
    if (assertionType !== JWT_BEARER) return undefined;
    const candidates = id === undefined ? [...this.byId.keys()] : [id];
    for (const candidate of candidates) {
      const client = this.byId.get(candidate);
      if (client !== undefined && (await this.proves(client, assertion))) return client;
    }
    return undefined;
  }

  private bySecret(id: string | undefined, secret: string | undefined): OAuthClient | undefined {
    if (id === undefined || secret === undefined) return undefined;
    const client = this.byId.get(id);
    const digest = Buffer.from(digestOf(secret), 'hex');
    const known = client?.secrets.some((one) => timingSafeEqual(Buffer.from(one, 'hex'), digest));
    return known === true ? client : undefined;
  }

  /** RFC 7523 §3: issuer, subject and audience are exact, and an assertion is good once. */
  private async proves({ id, assertion: expected }: OAuthClient, token: string): Promise<boolean> {
    const issuer = this.issuers.get(id);
    if (issuer === undefined || expected === undefined) return false;
    const payload = await issuer.verify(token);
    if (typeof payload !== 'object' || payload.sub !== expected.subject) return false;
    return this.replays.isNew(payload, token);
  }
}
