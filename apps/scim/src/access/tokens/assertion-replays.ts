import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';

/** Assertions remembered; beyond that the one that was used longest ago is forgotten. */
const MOST = 10_000;

/** Sees to it that an assertion is used once only (RFC 7523 §3, item 7), within bounded memory. */
export class AssertionReplays {
  /** Until when each is good, in seconds, by `jti` or digest. */
  private readonly used = new Map<string, number>();

  /** @param now ms */
  isNew({ iss, jti, exp = 0 }: JWTPayload, token: string, now: number = Date.now()): boolean {
    const name = jti ?? createHash('sha256').update(token).digest('base64');
    const key = `${iss} ${name}`;
    const known = this.used.get(key);
    if (known !== undefined && known * 1000 > now) return false;
    this.used.set(key, exp);
    if (this.used.size > MOST) {
      const oldest = this.used.keys().next();
      if (!oldest.done) this.used.delete(oldest.value);
    }
    return true;
  }
}
