import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { isObject, ScimError } from '#scim';
import { isIssuer } from '../../config/token-values.js';

/** Time that an issuer has to answer, in ms. */
const PATIENCE = 5_000;
/** Time for which keys are used without asking again, in ms. */
const KEYS_MAX_AGE = 10 * 60_000;
/** Least time between two questions for a key that is not known, in ms: new keys are found soon. */
const COOLDOWN = 10_000;

export interface TrustedIssuerOptions {
  /** Exactly as in `iss`. */
  readonly issuer: string;
  /** One of them has to be among `aud`. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** Seconds. */
  readonly clockSkew: number;
  /** Where its keys are; else its metadata says so. */
  readonly jwksUri?: string | undefined;
}

/** Checks tokens of one issuer with the keys that it publishes (RFC 7519, OpenID Connect Discovery). */
export class TrustedIssuer {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(private readonly options: TrustedIssuerOptions) {}

  get issuer(): string {
    return this.options.issuer;
  }

  /**
   * @returns what the token says, `expired`, or undefined for one that is not good
   * @throws ScimError 503 while the issuer cannot be asked for its keys
   */
  async verify(token: string): Promise<JWTPayload | 'expired' | undefined> {
    const { issuer, audiences, algorithms, clockSkew } = this.options;
    const keys = await this.publishedKeys();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: clockSkew,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      if (isAway(error)) throw unavailable(error);
      return undefined;
    }
  }

  /** Asked for when first needed; a failure is not kept. */
  private publishedKeys(): Promise<JWTVerifyGetKey> {
    this.keys ??= this.discover().catch((error: unknown) => {
      this.keys = undefined;
      throw unavailable(error);
    });
    return this.keys;
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const { issuer, jwksUri } = this.options;
    const address = jwksUri ?? (await publishedAddress(issuer));
    return createRemoteJWKSet(new URL(address), {
      timeoutDuration: PATIENCE,
      cacheMaxAge: KEYS_MAX_AGE,
      cooldownDuration: COOLDOWN,
    });
  }
}

/** OpenID Connect Discovery 1.0 §4. @throws Error with what is wrong with the metadata */
async function publishedAddress(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
    headers: { Accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`the issuer's metadata answered ${response.status}`);
  const metadata: unknown = await response.json();
  if (!isObject(metadata) || metadata.issuer !== issuer || !isIssuer(metadata.jwks_uri)) {
    throw new Error("the issuer's metadata is of another issuer, or names no keys");
  }
  return metadata.jwks_uri;
}

/** Whether the keys could not be fetched, which says nothing about the token. */
function isAway(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout || error.code === errors.JOSEError.code;
}

function unavailable(cause: unknown): ScimError {
  return new ScimError(
    503,
    undefined,
    'The issuer of this token cannot be asked for its keys at the moment; try again.',
    { 'Retry-After': '5' },
    { cause },
  );
}
