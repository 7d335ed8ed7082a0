import type { OutboxEntry } from '#backend';
import type { JsonObject } from '#scim';
import type { OutgoingEvent } from '../publisher.js';
import type { ReadResource } from '../recording/resource-reader.js';
import type { PlannedMessage } from './plan.js';

/**
 * Completes what an event does not carry itself by reading the resource.
 * @param later entries that follow, where a deleted resource is found as it was last
 * @returns undefined if there is nothing to say: the resource is gone, as its own event tells
 * @throws BackendError `unavailable`
 */
export async function renderMessage(
  { id, entry }: PlannedMessage,
  later: readonly OutboxEntry[],
  read: ReadResource,
): Promise<OutgoingEvent | undefined> {
  const { operation, type, id: resourceId, resource, relations } = entry.record;
  if (resource === undefined) {
    const current = await read(type, resourceId);
    return current && { id, operation, type, resource: current };
  }
  if (relations === undefined) return { id, operation, type, resource };
  const current = (await read(type, resourceId, relations)) ?? lastOf(entry, later);
  const completed = pick(current, relations);
  return { id, operation, type, resource: { ...resource, ...completed } };
}

/** The resource as its Delete has it. */
function lastOf({ record }: OutboxEntry, later: readonly OutboxEntry[]): JsonObject | undefined {
  return later.find(
    ({ record: other }) =>
      other.operation === 'Delete' && other.type === record.type && other.id === record.id,
  )?.record.resource;
}

function pick(from: JsonObject | undefined, names: readonly string[]): JsonObject {
  const picked = names.flatMap((name) => (from?.[name] === undefined ? [] : [[name, from[name]]]));
  return Object.fromEntries(picked);
}
