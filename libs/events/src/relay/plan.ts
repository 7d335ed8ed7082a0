import type { OutboxEntry } from '#backend';

/** One message to be sent, and the entries it stands for. */
export interface PlannedMessage {
  /** Of the newest entry it stands for: what is added later gets another id. */
  readonly id: string;
  readonly entry: OutboxEntry;
  readonly covers: readonly string[];
}

/**
 * What to send for entries, in their order. Changes of relations of one resource become one message
 * at the place of the first, unless an event with the resource of its own moment lies between.
 */
export function planMessages(entries: readonly OutboxEntry[]): readonly PlannedMessage[] {
  const messages: { id: string; entry: OutboxEntry; covers: string[] }[] = [];
  const open = new Map<string, (typeof messages)[number]>();
  for (const entry of entries) {
    const resource = resourceKey(entry);
    const before = open.get(resource);
    if (isReference(entry) && before !== undefined) {
      before.id = entry.id;
      before.covers.push(entry.id);
      continue;
    }
    const message = { id: entry.id, entry, covers: [entry.id] };
    messages.push(message);
    if (isReference(entry)) open.set(resource, message);
    else open.delete(resource);
  }
  return messages;
}

/**
 * Cuts messages into waves that may be under way at once: none has a resource twice, so that an
 * event never overtakes an earlier one of its resource that has to be sent again.
 */
export function wavesOf(
  messages: readonly PlannedMessage[],
  most: number,
): readonly (readonly PlannedMessage[])[] {
  const waves: PlannedMessage[][] = [];
  let wave: PlannedMessage[] = [];
  let resources = new Set<string>();
  for (const message of messages) {
    const resource = resourceKey(message.entry);
    if (wave.length === most || resources.has(resource)) {
      waves.push(wave);
      wave = [];
      resources = new Set();
    }
    wave.push(message);
    resources.add(resource);
  }
  if (wave.length > 0) waves.push(wave);
  return waves;
}

function isReference({ record }: OutboxEntry): boolean {
  return record.operation === 'Update' && record.resource === undefined;
}

function resourceKey({ record: { type, id } }: OutboxEntry): string {
  return `${type}/${id}`;
}
