import { crc32 } from 'node:zlib';
import type { EventRecord, Operation, OutboxEntry } from '#backend';
import { isObject, type Json } from '#scim';

/** A write that is about to happen, with what it takes to find out later whether it did. */
export interface Intent {
  /** Id of the event that this write leads to, unless it leads to none. */
  readonly id: string;
  readonly operation: Operation;
  /** Name of the resource type. */
  readonly type: string;
  /** Absent where the store will assign the id. */
  readonly resource?: string;
  /** Version that the write replaces or deletes, where it is known. */
  readonly before?: string;
  /** `meta.lastModified` that the write sets. */
  readonly now: string;
  /** What to announce of a delete: afterwards the resource cannot be read. */
  readonly record?: EventRecord;
  /** Resources that the delete changes along with it. */
  readonly others?: readonly { readonly type: string; readonly id: string }[];
  /** Unique attributes of a resource without id, to find it by. */
  readonly unique?: readonly { readonly path: string; readonly value: Json }[];
}

/** What a journal consists of. */
export type JournalLine =
  | { readonly kind: 'intent'; readonly intent: Intent }
  /** The write of this intent is over; its events, if any, stand before. */
  | { readonly kind: 'end'; readonly intent: string }
  | { readonly kind: 'entry'; readonly entry: OutboxEntry }
  | { readonly kind: 'done'; readonly ids: readonly string[] }
  | { readonly kind: 'parked'; readonly id: string; readonly reason: string };

/** One line of text with its checksum, newline included. */
export function encodeLine(line: JournalLine): string {
  const json = JSON.stringify(line);
  return `${checksum(json)} ${json}\n`;
}

/** @returns undefined for a line that was torn or damaged */
export function decodeLine(text: string): JournalLine | undefined {
  const json = text.slice(9);
  if (text.charAt(8) !== ' ' || text.slice(0, 8) !== checksum(json)) return undefined;
  try {
    const line: unknown = JSON.parse(json);
    // The checksum says that we wrote it; an unknown kind comes from a newer version.
    return isObject(line) && KINDS.has(line.kind) ? (line as unknown as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}

const KINDS: ReadonlySet<unknown> = new Set(['intent', 'end', 'entry', 'done', 'parked']);

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
