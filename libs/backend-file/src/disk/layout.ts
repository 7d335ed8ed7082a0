import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ResourceType } from '#scim';

/**
 * Where things are under DATA_PATH:
 *
 *     <collection>/<name>              one resource, as JSON
 *     .scim/lock                       who serves this folder
 *     .scim/tmp/                       files being written
 *     .scim/intents/                   changes of several files that must be finished
 *     .scim/rejected/<collection>/     files that were in the way
 *     .scim/events/                    the event journal, where the service keeps one
 *     .scim/<collection>/<name>.<n>.delta   members added and removed since the file was written
 */
export class Layout {
  readonly own: string;
  readonly lock: string;
  readonly temporary: string;
  readonly intents: string;
  readonly rejected: string;

  constructor(readonly root: string) {
    this.own = join(root, '.scim');
    this.lock = join(this.own, 'lock');
    this.temporary = join(this.own, 'tmp');
    this.intents = join(this.own, 'intents');
    this.rejected = join(this.own, 'rejected');
  }

  folder(type: ResourceType): string {
    return join(this.root, type.collection);
  }

  sidecars(type: ResourceType): string {
    return join(this.own, type.collection);
  }

  newTemporary(): string {
    return join(this.temporary, randomUUID());
  }
}

/** Where a file goes that is in the way, relative to DATA_PATH; never where another one went. */
export function rejectedPath(type: ResourceType, name: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  // The stamp leads, so that a long name may be cut without two becoming one.
  const unique = `${stamp}-${randomUUID().slice(0, 8)}-${name}`;
  return join(
    '.scim',
    'rejected',
    type.collection,
    Buffer.from(unique).subarray(0, 240).toString(),
  );
}

const RESERVED = new Set(['lock', 'tmp', 'intents', 'rejected', 'events']);

/** Why a collection cannot be a folder's name, or undefined if it can. */
export function collectionProblem(collection: string): string | undefined {
  if (collection === '' || collection.startsWith('.')) return 'is empty or starts with a dot';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[/\\\u0000-\u001f]/.test(collection)) return 'holds a slash or control characters';
  return RESERVED.has(collection) ? 'is a name this service uses itself' : undefined;
}
