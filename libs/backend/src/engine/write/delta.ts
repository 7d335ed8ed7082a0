import type { Relation, ResourceType } from '#scim';
import type {
  Draft,
  RelationDelta,
  RelationElement,
  ResourceStore,
  WriteContext,
} from '../../contract.js';
import { BackendError, conflict } from '../../errors.js';
import { elementsOf, keptElement, withElements, withOnly } from '../content.js';
import type { Engine } from '../engine.js';
import type { WriteResult } from './put.js';
import { retryOnConflict } from './retry.js';
import { checkAdditions } from './targets.js';

/**
 * Adds and removes elements of relations. Where the store cannot, the resource is read, changed and
 * compared-and-set; without `ifVersion` that is repeated until nobody was faster.
 * @returns undefined when there is no such resource
 * @throws BackendError as `ResourceStore.put`
 */
export async function changeRelations(
  engine: Engine,
  type: ResourceType,
  id: string,
  deltas: readonly RelationDelta[],
  context: WriteContext,
): Promise<WriteResult | undefined> {
  const store = engine.store(type);
  const kept = deltas.map((delta) => ({ ...delta, add: delta.add.map(keptElement) }));
  if (store.applyDelta !== undefined) {
    const checked = await checkDeltas(engine, type, store, id, kept, context);
    return store.applyDelta(id, checked, context);
  }
  const attempt = () => readChangeWrite(engine, type, store, id, kept, context);
  return context.ifVersion === undefined ? retryOnConflict(attempt) : attempt();
}

async function readChangeWrite(
  engine: Engine,
  type: ResourceType,
  store: ResourceStore,
  id: string,
  deltas: readonly RelationDelta[],
  context: WriteContext,
): Promise<WriteResult | undefined> {
  const names = deltas.map(({ relation }) => relation);
  const current = await store.get(id, { expand: names });
  if (current === undefined) return undefined;
  const { version } = current.meta;
  if (context.ifVersion !== undefined && context.ifVersion !== version) throw conflict();
  let draft: Draft = current;
  let changed = false;
  for (const delta of deltas) {
    const before = elementsOf(draft[delta.relation]).map(keptElement);
    const { added, removed } = effect(delta, before);
    if (added.length === 0 && removed.size === 0) continue;
    changed = true;
    const relation = relationNamed(type, delta.relation);
    const checked = await checkAdditions(engine, type, relation, added, context);
    const rest = before.filter(({ value }) => !removed.has(value));
    draft = withElements(draft, delta.relation, [...rest, ...checked]);
  }
  if (!changed) return { stored: withOnly(type, current, []), changed };
  const others = type.relations
    .map(({ attribute }) => attribute.name)
    .filter((name) => !names.includes(name));
  const meta = { ...current.meta, lastModified: context.now };
  const write = { ...context, ifVersion: version, keep: others };
  const whole = { ...withOnly(type, draft, names), meta };
  const stored = await store.put(whole, write).catch(deletedMeanwhile);
  return stored && { stored, changed };
}

function deletedMeanwhile(error: unknown): undefined {
  if (error instanceof BackendError && error.code === 'not-found') return undefined;
  throw error;
}

/** What a delta does to these elements. */
function effect(delta: RelationDelta, elements: readonly RelationElement[]) {
  const present = new Set(elements.map(({ value }) => value));
  const added = new Map<string, RelationElement>();
  for (const element of delta.add) {
    if (!present.has(element.value)) added.set(element.value, element);
  }
  const removed = new Set(delta.remove.filter((value) => present.has(value)));
  return { added: [...added.values()], removed };
}

/** The same look-up for stores with deltas of their own; what is there already may name anything. */
async function checkDeltas(
  engine: Engine,
  type: ResourceType,
  store: ResourceStore,
  id: string,
  deltas: readonly RelationDelta[],
  context: WriteContext,
): Promise<readonly RelationDelta[]> {
  const checked: RelationDelta[] = [];
  for (const delta of deltas) {
    const relation = relationNamed(type, delta.relation);
    const check = (add: readonly RelationElement[]) =>
      checkAdditions(engine, type, relation, add, context);
    try {
      checked.push({ ...delta, add: await check(delta.add) });
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 'unknown-target') throw error;
      const current = await store.get(id, { expand: [delta.relation] });
      const { added } = effect(delta, elementsOf(current?.[delta.relation]));
      checked.push({ ...delta, add: await check(added) });
    }
  }
  return checked;
}

function relationNamed(type: ResourceType, name: string): Relation {
  const found = type.relations.find(({ attribute }) => attribute.name === name);
  if (found === undefined) throw new Error(`${type.name} has no relation ${name}`);
  return found;
}
