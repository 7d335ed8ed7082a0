import { setImmediate } from 'node:timers/promises';
import type { Stored } from '#backend';
import type { ResourceType } from '#scim';
import type { Place } from '../place/place.js';
import type { FindId } from '../transfer/translate.js';
import { translatedWhole } from '../transfer/translate.js';
import { type Difference, differences } from './differences.js';

/** What two places do not have in common: one resource. */
export type Finding =
  | { readonly kind: 'only-from'; readonly type: string; readonly id: string }
  | { readonly kind: 'only-to'; readonly type: string; readonly id: string }
  | {
      readonly kind: 'differs';
      readonly type: string;
      readonly id: string;
      /** Its id in the other place, where that is another one. */
      readonly toId?: string;
      readonly differences: readonly Difference[];
    };

export interface CompareOptions {
  readonly from: Place;
  readonly to: Place;
  readonly types: readonly ResourceType[];
  /** Ids of `to` by those of `from`; the same without. */
  readonly find: FindId;
  /** Whether an id of `to` belongs to something of `from`; needed where `find` translates. */
  readonly isKnown?: (type: string, id: string) => boolean;
  readonly times: boolean;
  /** Told how many resources of `from` were compared. */
  readonly advance: (count: number) => void;
  readonly signal: AbortSignal;
}

/** Resources that are looked up at once. */
const AT_ONCE = 16;

/**
 * Everything that differs, read from both sides at the pace of whoever takes it: memory does not grow
 * with the number of resources.
 */
export async function* compare(options: CompareOptions): AsyncGenerator<Finding> {
  const { from, to, types, advance, signal } = options;
  for (const type of types) {
    const other = to.registry.typeByName.get(type.name);
    for await (const row of rows(from.backend.store(type).scan({ signal }))) {
      const found = await Promise.all(row.map((stored) => compareOne(options, type, stored)));
      signal.throwIfAborted();
      advance(row.length);
      for (const finding of found) if (finding !== undefined) yield finding;
    }
    if (other === undefined) continue;
    for await (const row of rows(to.backend.store(other).scan({ signal }))) {
      for (const id of await unknown(options, type, row)) {
        yield { kind: 'only-to', type: type.name, id };
      }
    }
  }
}

async function compareOne(
  { from, to, find, times }: CompareOptions,
  type: ResourceType,
  stored: Stored,
): Promise<Finding | undefined> {
  const { id } = stored;
  const expand = type.relations.map(({ attribute }) => attribute.name);
  const left = expand.length === 0 ? stored : await from.repository(type).get(id, { expand });
  if (left === undefined) return undefined; // deleted meanwhile
  const toId = find([type.name], id);
  const known = to.registry.typeByName.has(type.name) && toId !== undefined;
  const right = known ? await to.repository(type).get(toId, { expand }) : undefined;
  if (right === undefined) return { kind: 'only-from', type: type.name, id };
  const hashed = [from, to].every(({ backend }) => backend.supports.secrets === 'hashed');
  const clocks = [from, to].every(({ backend }) => backend.supports.times === 'given');
  const found = differences(type, translatedWhole(type, left, find), right, {
    relations: expand,
    // What hashes secrets itself shows none, and others have clocks of their own.
    secrets: hashed,
    times: times && clocks,
  });
  if (found.length === 0) return undefined;
  return {
    kind: 'differs',
    type: type.name,
    id,
    ...(toId === id || toId === undefined ? {} : { toId }),
    differences: found,
  };
}

/** Those of the second place that the first does not have. */
async function unknown(
  { from, isKnown }: CompareOptions,
  type: ResourceType,
  row: readonly Stored[],
): Promise<readonly string[]> {
  const ids = row.map(({ id }) => id);
  if (isKnown !== undefined) return ids.filter((id) => !isKnown(type.name, id));
  const there = await from.repository(type).displays(ids);
  return ids.filter((id) => !there.has(id));
}

async function* rows(items: AsyncIterable<Stored>): AsyncGenerator<readonly Stored[]> {
  let row: Stored[] = [];
  for await (const item of items) {
    row.push(item);
    if (row.length < AT_ONCE) continue;
    yield row;
    row = [];
    // Some stores never wait for anything: without this no signal would be heard.
    await setImmediate();
  }
  if (row.length > 0) yield row;
}
