import { inTurn, type Stored } from '#backend';
import { technicalAttributes } from '../mapping/keys.js';
import type { Model } from '../mapping/model.js';
import { type Change, type Entry, RESULT } from '../port/directory.js';
import { isCode, type Pool } from '../port/pool.js';
import { unmarkedFilter } from '../query/ldap.filter.js';
import type { Reader } from '../read/reader.js';
import { resourcesThat } from '../server/tree.js';

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
  const entries = pool.scan({
    ...resourcesThat(model, unmarkedFilter(model)),
    attributes: [...model.selection],
  });
  try {
    for await (const page of entries) {
      const decoded = (await reader.decode(model, page)).filter(({ marked }) => !marked);
      await inTurn(decoded, ({ entry, stored }) => adopt(pool, model, entry, stored));
    }
    return true;
  } catch (cause) {
    report(
      `Some entries below ${model.container} could not be given ${model.keys}; finding them is slow.`,
      cause,
    );
    return false;
  }
}

async function adopt(pool: Pool, model: Model, entry: Entry, stored: Stored): Promise<void> {
  const changes = [...technicalAttributes(model, stored, entry.attributes)].map(
    ([attribute, values]): Change => ({ operation: 'replace', attribute, values }),
  );
  try {
    await pool.modify(entry.dn, changes);
  } catch (error) {
    if (!isCode(error, RESULT.constraintViolation)) throw error;
    // Others have let something in twice. Both are served; whoever is changed has to differ then.
    const allowed = changes.filter(({ attribute }) => attribute !== model.uniqueKeys);
    await pool.modify(entry.dn, allowed);
  }
}
