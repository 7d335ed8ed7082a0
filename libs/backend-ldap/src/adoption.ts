import { keysOf } from './keys.js';
import { unmarkedFilter } from './ldap.filter.js';
import type { Model } from './model.js';
import type { Pool } from './port/pool.js';
import type { Reader } from './reader.js';

/** Entries that are changed at once. */
const AT_ONCE = 16;

/**
 * Gives entries that another service wrote, or this one by another table, the keys by which they
 * are found. Nothing else of them changes, and their versions stay.
 * @returns whether all entries have them now; if not, searches look at the others one by one
 */
export async function adoptEntries(
  pool: Pool,
  reader: Reader,
  model: Model,
  report: (message: string, cause?: unknown) => void,
): Promise<boolean> {
  if (model.keys === undefined) return false;
  const { keys: attribute } = model;
  const entries = pool.scan({
    base: model.container,
    scope: 'one',
    filter: unmarkedFilter(model),
    attributes: [...model.selection],
  });
  try {
    for await (const page of entries) {
      const decoded = reader.decode(model, page).filter(({ marked }) => !marked);
      for (let start = 0; start < decoded.length; start += AT_ONCE) {
        const some = decoded.slice(start, start + AT_ONCE).map(({ entry, stored }) => {
          const keys = keysOf(model, stored, entry.attributes);
          const values = keys.map((key) => Buffer.from(key));
          return pool.modify(entry.dn, [{ operation: 'replace', attribute, values }]);
        });
        await Promise.all(some);
      }
    }
    return true;
  } catch (cause) {
    report(
      `Some entries below ${model.container} could not be given ${attribute}; finding them is slow.`,
      cause,
    );
    return false;
  }
}
