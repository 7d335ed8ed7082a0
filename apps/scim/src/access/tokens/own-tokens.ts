import { errors, jwtVerify, SignJWT } from 'jose';
import { isArray } from '#scim';
import type { Client } from '../client.js';
import { rightsOf } from '../rights.js';
import type { SigningKeys } from './signing-keys.js';

const ALGORITHM = 'HS256';

/** Whom a token of the service's own is made for. */
export interface Grant {
  readonly client: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
}

/** Tokens that the service makes at its token endpoint and checks itself. */
export class OwnTokens {
  constructor(
    readonly issuer: string,
    private readonly keys: SigningKeys,
    /** Seconds. */
    readonly lifetime: number,
    private readonly isClient: (id: string) => boolean,
  ) {}

  issue({ client, tenant, scopes }: Grant): Promise<string> {
    const now = Date.now();
    const { id, key } = this.keys.current(now);
    const seconds = Math.floor(now / 1000);
    return new SignJWT({ tenant, scopes })
      .setProtectedHeader({ alg: ALGORITHM, kid: id, typ: 'at+jwt' })
      .setIssuer(this.issuer)
      .setAudience(this.issuer)
      .setSubject(client)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + this.lifetime)
      .sign(key);
  }

  async verify(token: string): Promise<Client | 'expired' | undefined> {
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = this.keys.find(kid, Date.now());
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        { issuer: this.issuer, audience: this.issuer, algorithms: [ALGORITHM], typ: 'at+jwt' },
      );
      const { sub = '', tenant, scopes } = payload;
      // A client that was taken out of the configuration loses its tokens with it.
      if (!this.isClient(sub) || typeof tenant !== 'string' || !isArray(scopes)) return undefined;
      const texts = scopes.filter((scope) => typeof scope === 'string');
      return { id: `client:${sub}`, tenant, rights: rightsOf(texts) };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
