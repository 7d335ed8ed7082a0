import type { Draft } from '#backend';
import {
  isArray,
  isObject,
  type JsonObject,
  type MutableJsonObject,
  type Relation,
  type RelationDelta,
  type ResourceType,
} from '#scim';

/** Finds those of the ids that name an existing resource of a relation's types. */
export type FindTargets = (
  relation: Relation,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, unknown>>;

/**
 * UNKNOWN_MEMBERS=skip: the draft without relation elements that name no resource, and their ids.
 * Elements that were stored before are kept, whatever they name.
 */
export async function withoutUnknown(
  type: ResourceType,
  draft: Draft,
  current: JsonObject | undefined,
  find: FindTargets,
): Promise<{ draft: Draft; skipped: readonly string[] }> {
  const known: MutableJsonObject = { ...draft };
  const skipped: string[] = [];
  for (const relation of type.relations) {
    const { name } = relation.attribute;
    const value = draft[name];
    if (!isArray(value)) continue;
    const stored = new Set(elementIds(current?.[name]));
    const added = elementIds(value).filter((id) => !stored.has(id));
    const found = await find(relation, added);
    const unknown = new Set(added.filter((id) => !found.has(id)));
    if (unknown.size === 0) continue;
    skipped.push(...unknown);
    const kept = value.filter(
      (element) => !(isObject(element) && unknown.has(String(element.value))),
    );
    if (kept.length > 0) known[name] = kept;
    else delete known[name];
  }
  return { draft: known as unknown as Draft, skipped };
}

/** The same for changes to relations. */
export async function withoutUnknownAdditions(
  type: ResourceType,
  deltas: readonly RelationDelta[],
  find: FindTargets,
): Promise<{ deltas: readonly RelationDelta[]; skipped: readonly string[] }> {
  const skipped: string[] = [];
  const kept: RelationDelta[] = [];
  for (const delta of deltas) {
    const relation = type.relations.find(({ attribute }) => attribute.name === delta.relation);
    if (relation === undefined) continue;
    const found = await find(
      relation,
      delta.add.map((element) => element.value),
    );
    skipped.push(...delta.add.map(({ value }) => value).filter((id) => !found.has(id)));
    kept.push({ ...delta, add: delta.add.filter((element) => found.has(element.value)) });
  }
  return { deltas: kept, skipped };
}

function elementIds(value: JsonObject[string]): string[] {
  if (!isArray(value)) return [];
  return value.flatMap((element) => (isObject(element) ? [String(element.value)] : []));
}
