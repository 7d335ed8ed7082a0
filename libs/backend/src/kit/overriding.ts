import type { ResourceStore } from '../contract.js';

const OPERATIONS = [
  'scan',
  'get',
  'put',
  'delete',
  'query',
  'applyDelta',
  'expand',
  'isSmall',
  'displays',
] as const satisfies readonly (keyof ResourceStore)[];

/** A store that does some operations in another way, and has no others than the one it wraps. */
export function overriding(store: ResourceStore, over: Partial<ResourceStore>): ResourceStore {
  const operations = OPERATIONS.flatMap((name) => {
    if (store[name] === undefined) return [];
    const own = over[name];
    return [[name, own ?? store[name].bind(store)]];
  });
  return Object.fromEntries(operations) as ResourceStore;
}
