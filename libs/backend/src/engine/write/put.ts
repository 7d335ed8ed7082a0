import type { JsonObject, ResourceType } from '#scim';
import type { Draft, RelationElement, Stored, WriteContext } from '../../contract.js';
import { conflict, gone } from '../../errors.js';
import {
  carriedRelations,
  computedRelations,
  elementsOf,
  normaliseDraft,
  sameContent,
  withElements,
  withOnly,
} from '../content.js';
import type { Engine } from '../engine.js';
import { retryOnConflict } from './retry.js';
import { checkSize } from './size.js';
import { checkAdditions } from './targets.js';

/** A write's outcome; relations and computed attributes are not expanded. */
export interface WriteResult {
  readonly stored: Stored;
  /** False when everything was so already: same version, nothing written, nothing to announce. */
  readonly changed: boolean;
}

/**
 * Creates, or replaces when `context.ifVersion` is given.
 * @param base what `ifVersion` was read as, with the relations that the draft states expanded;
 *   saves reading it once more
 * @throws BackendError as `ResourceStore.put`
 */
export async function putResource(
  engine: Engine,
  type: ResourceType,
  draft: Draft,
  context: WriteContext,
  base?: Stored,
): Promise<WriteResult> {
  const { computedFrom } = context;
  if (computedFrom === undefined) return putOnce(engine, type, draft, context, base);
  const expand = carriedRelations(type, context.keep);
  let current = base ?? computedFrom;
  const attempt = () =>
    putOnce(engine, type, draft, { ...context, ifVersion: current.meta.version }, current);
  return retryOnConflict(attempt, async () => {
    const now = await engine.store(type).get(computedFrom.id, { expand });
    if (now === undefined) throw gone();
    current = now;
    return sameContent(type, computedFrom, now, computedRelations(type, context));
  });
}

async function putOnce(
  engine: Engine,
  type: ResourceType,
  draft: Draft,
  context: WriteContext,
  base: Stored | undefined,
): Promise<WriteResult> {
  const carried = carriedRelations(type, context.keep);
  const normal = normaliseDraft(type, draft, context.keep ?? []);
  const current = await readCurrent(engine, type, normal, context, carried, base);
  if (current !== undefined && sameContent(type, normal, current, carried)) {
    return { stored: withOnly(type, current, []), changed: false };
  }
  checkSize(engine.supports, type, normal);
  const checked = await checkAdded(engine, type, normal, current, context);
  return { stored: await engine.store(type).put(checked, context), changed: true };
}

async function readCurrent(
  engine: Engine,
  type: ResourceType,
  { id }: Draft,
  { ifVersion }: WriteContext,
  expand: readonly string[],
  base: Stored | undefined,
): Promise<Stored | undefined> {
  if (ifVersion === undefined) return undefined;
  if (base?.meta.version === ifVersion) return base;
  const current = id === undefined ? undefined : await engine.store(type).get(id, { expand });
  if (current === undefined) throw gone();
  if (current.meta.version !== ifVersion) throw conflict();
  return current;
}

/** Only what is added must exist: a target that vanished earlier is no reason to refuse a change. */
async function checkAdded(
  engine: Engine,
  type: ResourceType,
  draft: Draft,
  current: JsonObject | undefined,
  context: WriteContext,
): Promise<Draft> {
  let checked = draft;
  for (const relation of type.relations) {
    const { name } = relation.attribute;
    const before = new Map(elementsOf(current?.[name]).map((element) => [element.value, element]));
    const elements = elementsOf(draft[name]);
    const added = elements.filter((element) => !before.has(element.value));
    const resolved = await checkAdditions(engine, type, relation, added, context);
    if (resolved === added) continue;
    const byValue = new Map(resolved.map((element) => [element.value, element]));
    const final = (element: RelationElement) => byValue.get(element.value) ?? element;
    checked = withElements(checked, name, elements.map(final));
  }
  return checked;
}
