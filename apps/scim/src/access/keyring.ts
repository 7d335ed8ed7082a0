import { hash, randomBytes } from 'node:crypto';
import { digestOf } from '../config/keys.js';
import type { TenantKeys } from '../config/values.js';
import type { Client } from './client.js';
import { rightsOf } from './rights.js';

/** A client and until when its key opens anything. */
interface Holder {
  readonly client: Client;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/**
 * Finds the client a key belongs to. Keys are kept and looked up as digests under a nonce of this
 * process, so that neither a heap dump shows them nor the time of a look-up tells how much of a
 * guess was right: nobody outside can choose what the digest of a guess looks like.
 */
export class Keyring {
  private readonly nonce = randomBytes(32).toString('base64');
  private readonly holders = new Map<string, Holder>();

  constructor(tenants: readonly TenantKeys[]) {
    for (const { name: tenant, keys } of tenants) {
      for (const [i, { sha256, name, scopes, expires }] of keys.entries()) {
        const id = name ?? `key-${i + 1}`;
        const client = Object.freeze({ id, tenant, rights: rightsOf(scopes) });
        this.holders.set(this.slot(sha256), { client, expires: expires ?? Infinity });
      }
    }
  }

  /** @param now ms */
  find(key: string, now: number = Date.now()): Client | 'expired' | undefined {
    const holder = this.holders.get(this.slot(digestOf(key)));
    if (holder === undefined) return undefined;
    return holder.expires > now ? holder.client : 'expired';
  }

  private slot(sha256: string): string {
    return hash('sha256', this.nonce + sha256, 'base64');
  }
}
