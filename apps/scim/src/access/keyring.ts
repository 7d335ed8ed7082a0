import { hash, randomBytes } from 'node:crypto';
import type { TenantKeys } from '../config/values.js';
import type { Client } from './client.js';

/**
 * Finds the client a key belongs to. Keys are kept and looked up as digests under a nonce of this
 * process, so that neither a heap dump shows them nor the time of a look-up tells how much of a
 * guess was right: nobody outside can choose what the digest of a guess looks like.
 */
export class Keyring {
  private readonly nonce = randomBytes(32).toString('base64');
  private readonly clients = new Map<string, Client>();

  constructor(tenants: readonly TenantKeys[]) {
    for (const tenant of tenants) {
      this.add(tenant.name, tenant.keys, 'key', true);
      this.add(tenant.name, tenant.readKeys, 'read-key', false);
    }
  }

  find(key: string): Client | undefined {
    return this.clients.get(this.digest(key));
  }

  private add(tenant: string, keys: readonly string[], label: string, canWrite: boolean): void {
    for (const [i, key] of keys.entries()) {
      this.clients.set(
        this.digest(key),
        Object.freeze({ id: `${label}-${i + 1}`, tenant, canWrite }),
      );
    }
  }

  private digest(key: string): string {
    return hash('sha256', this.nonce + key, 'base64');
  }
}
