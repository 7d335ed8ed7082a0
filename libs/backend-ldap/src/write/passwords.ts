import { type Draft, withoutPassword } from '#backend';
import type { Model } from '../mapping/model.js';
import type { Change } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { UNICODE_PASSWORD, unicodePassword } from './account-password.js';

/** Hashed by most servers as they take it, by OpenLDAP only with the overlay ppolicy. */
const USER_PASSWORD = 'userPassword';

/** How a password of a resource reaches the directory. */
export interface Passed {
  /** What goes into the change itself. */
  readonly change: Change | undefined;
  /** What is set in a step of its own, by the server's own operation, which hashes it. */
  readonly apart: string | undefined;
}

/**
 * Passwords that are passed on: the directory keeps them, in its own way, and nothing of them is
 * among what makes a version. Where they are not, they are hashes, kept like everything else.
 */
export class Passwords {
  constructor(
    private readonly pool: Pool,
    private readonly arePassed: boolean,
    /** Whether the server has an operation for it (RFC 3062). */
    private readonly hasOperation: boolean,
  ) {}

  of(model: Model, draft: Draft): Passed & { readonly resource: Draft } {
    if (!this.arePassed) return { resource: draft, change: undefined, apart: undefined };
    const { resource, password } = withoutPassword(model.type, draft);
    if (password === undefined) return { resource, change: undefined, apart: undefined };
    if (model.assigned) {
      const values = [unicodePassword(password)];
      const change = { operation: 'replace', attribute: UNICODE_PASSWORD, values } as const;
      return { resource, change, apart: undefined };
    }
    if (this.hasOperation) return { resource, change: undefined, apart: password };
    const values = [Buffer.from(password)];
    const change = { operation: 'replace', attribute: USER_PASSWORD, values } as const;
    return { resource, change, apart: undefined };
  }

  async set(dn: string, password: string | undefined): Promise<void> {
    if (password !== undefined) await this.pool.setPassword(dn, password);
  }
}
