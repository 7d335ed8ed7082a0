import { dnKey } from '../mapping/dn.js';
import type { Attributes } from '../port/directory.js';
import type { Pool } from '../port/pool.js';

/** Of Active Directory, in the root entry: the number of the last change of all. */
const USN = 'highestcommittedusn';
/** Of OpenLDAP with the overlay syncprov, in the entry at the top of the database. */
const CONTEXT_CSN = 'contextcsn';

/** Tells whether anything changed in a directory, by one small entry that every change changes. */
export class ChangeMark {
  private constructor(
    private readonly pool: Pool,
    private readonly place: { readonly dn: string; readonly attribute: string } | undefined,
  ) {}

  /** @param root what the server says of itself */
  static async of(pool: Pool, root: Attributes, baseName: string): Promise<ChangeMark> {
    if (root.has(USN)) return new ChangeMark(pool, { dn: '', attribute: USN });
    const base = dnKey(baseName);
    const top = (root.get('namingcontexts') ?? [])
      .map(String)
      .find((name) => base === dnKey(name) || base.endsWith(`,${dnKey(name)}`));
    const entry = top === undefined ? undefined : await pool.read(top, [CONTEXT_CSN]);
    const known = top !== undefined && entry?.attributes.has(CONTEXT_CSN);
    return new ChangeMark(pool, known ? { dn: top, attribute: CONTEXT_CSN } : undefined);
  }

  /** Another text after every change; undefined where the server has nothing like it. */
  async read(): Promise<string | undefined> {
    if (this.place === undefined) return undefined;
    const { dn, attribute } = this.place;
    const values = (await this.pool.read(dn, [attribute]))?.attributes.get(attribute) ?? [];
    return values.length === 0 ? undefined : values.map(String).sort().join();
  }
}
