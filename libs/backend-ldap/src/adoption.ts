import { keysOf } from './keys.js';
import { unmarkedFilter } from './ldap.filter.js';
import type { Model } from './model.js';
import { orderKeyOf } from './order.js';
import type { Change } from './port/directory.js';
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
  const { keys, order } = model;
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
          return pool.modify(entry.dn, [
            replacement(keys, keysOf(model, stored, entry.attributes)),
            ...(order === undefined ? [] : [replacement(order, [orderKeyOf(stored)])]),
          ]);
        });
        await Promise.all(some);
      }
    }
    return true;
  } catch (cause) {
    report(
      `Some entries below ${model.container} could not be given ${keys}; finding them is slow.`,
      cause,
    );
    return false;
  }
}

function replacement(attribute: string, values: readonly string[]): Change {
  return { operation: 'replace', attribute, values: values.map((value) => Buffer.from(value)) };
}
