import type { EventRecord, RecordedChange, RelationElement } from '#backend';
import type { EventResource } from './event-resource.js';

/** Elements of relations by name, as a message shows them. */
export type Relations = Readonly<Record<string, readonly RelationElement[]>>;

/** The event that carries the resource of its own moment. */
export function fullRecord(
  { operation, type, stored }: RecordedChange,
  relations: Relations,
  render: EventResource,
): EventRecord {
  const missing = type.relations
    .map(({ attribute }) => attribute.name)
    .filter((name) => !(name in relations) && stored[name] === undefined);
  const resource = render(type, { ...stored, ...relations }, new Set(missing));
  return {
    operation,
    type: type.name,
    id: stored.id,
    resource,
    ...(missing.length === 0 ? {} : { relations: missing }),
  };
}

/** The event of a changed relation, which may have a million elements: read when it is published. */
export function referenceRecord({ operation, type, stored }: RecordedChange): EventRecord {
  return { operation, type: type.name, id: stored.id };
}

/**
 * The event of a resource that changed because another one was deleted. What it lost is an element
 * of a relation where it has relations, else an attribute that it carries itself.
 */
export function sideRecord(change: RecordedChange, render: EventResource): EventRecord {
  return change.type.relations.length > 0
    ? referenceRecord(change)
    : fullRecord(change, {}, render);
}
