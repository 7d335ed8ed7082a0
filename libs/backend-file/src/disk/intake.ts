import { promises as fs, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, type Signature, sameSignature, signatureOf, unlessMissing } from '#durable';
import { ContentError } from '#scim';
import { type Content, parseFile, toStored } from '../file.mapping.js';
import type { Report } from '../file.options.js';
import type { Entry } from '../memory/entry.js';
import { publish } from '../memory/publish.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import type { Presence } from '../watch/presence.js';
import { type Change, nextRelations, sumsOf } from '../write/changes.js';
import { fileNameOf, idOfFileName, isNameShortEnough } from './names.js';
import { listSegments, replay } from './sidecar.js';

/** What became of a file that was looked at. */
export type Outcome = 'unchanged' | 'served' | 'gone' | 'refused';

/** A file that was read, with the changes of its sidecar. */
export interface FileRead {
  readonly name: string;
  readonly signature: Signature | undefined;
  readonly content: Content;
  readonly segments: readonly number[];
  readonly bytes: number;
}

/** A file that is there and cannot be served. */
export interface Unfit {
  readonly name: string;
  readonly signature: Signature | undefined;
  readonly error: unknown;
}

/** Files looked at together. */
const AT_ONCE = 16;

/** Takes files into memory, one at a time while running. Every call must come from the write queue. */
export class Intake {
  constructor(
    private readonly shelves: Shelves,
    private readonly presence: Pick<Presence, 'verify'>,
    private readonly report: Report,
    private readonly hooks: {
      /** The entry has a sidecar. */
      readonly noteSidecar: (shelf: Shelf, entry: Entry) => void;
      /** Brings to the disk what memory has of the file already. */
      readonly settle: (collection: string, name: string) => Promise<void>;
    },
  ) {}

  /**
   * Brings memory up to date with one file.
   * @param patient leave everything as it is if the file is not fit to be served: it may be half copied
   */
  async refresh(shelf: Shelf, name: string, patient = false): Promise<Outcome> {
    await this.hooks.settle(shelf.type.collection, name);
    const entry = shelf.table.getByName(name);
    const known = entry?.signature ?? shelf.refused.get(name)?.signature;
    const signature = await signatureOf(join(shelf.folder, name));
    if (sameSignature(signature, known)) {
      return entry === undefined && signature !== undefined ? 'refused' : 'unchanged';
    }
    if (signature === undefined) return this.forget(shelf, name);
    const all = await listSegments(shelf.sidecars);
    const read = await this.read(shelf, name, all.get(name) ?? []);
    if (read === undefined) return this.forget(shelf, name);
    if ('error' in read && patient) return 'refused';
    return this.accept(shelf, read);
  }

  /** Brings memory up to date with those of many files that were changed. */
  async refreshAll(files: readonly { readonly shelf: Shelf; readonly name: string }[]) {
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE);
      const found = await Promise.all(
        some.map(({ shelf, name }) => signatureOf(join(shelf.folder, name))),
      );
      for (const [index, { shelf, name }] of some.entries()) {
        const known = shelf.table.getByName(name)?.signature;
        if (!sameSignature(found[index], known)) await this.refresh(shelf, name);
      }
    }
  }

  /** Undefined when there is no such file. */
  async read(
    shelf: Shelf,
    name: string,
    segments: readonly number[],
  ): Promise<FileRead | Unfit | undefined> {
    const path = join(shelf.folder, name);
    let signature: Signature | undefined;
    try {
      const stat = await unlessMissing(fs.stat(path));
      if (stat === undefined) return undefined;
      signature = signatureIn(stat);
      checkFile(name, stat);
      const content = contentOf(shelf, name, stat, await fs.readFile(path, 'utf8'));
      if (segments.length === 0) return { name, signature, content, segments, bytes: 0 };
      const replayed = await replay(shelf.sidecars, name, segments, content);
      // Rewritten meanwhile by the process that serves the folder, with what its sidecar said.
      if (!sameSignature(await signatureOf(path), signature)) {
        return this.read(shelf, name, (await listSegments(shelf.sidecars)).get(name) ?? []);
      }
      return { name, signature, content: replayed.content, segments, bytes: replayed.bytes };
    } catch (error) {
      return { name, signature, error };
    }
  }

  /** The same at once, while nobody waits for anything else; for a file without sidecar. */
  readInPlace(shelf: Shelf, name: string): FileRead | Unfit | undefined {
    const path = join(shelf.folder, name);
    let signature: Signature | undefined;
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return undefined;
      signature = signatureIn(stat);
      checkFile(name, stat);
      const content = contentOf(shelf, name, stat, readFileSync(path, 'utf8'));
      return { name, signature, content, segments: [], bytes: 0 };
    } catch (error) {
      return { name, signature, error };
    }
  }

  /** Serves what was read, or says why not. */
  accept(shelf: Shelf, read: FileRead | Unfit): Outcome {
    if ('error' in read) return this.refuse(shelf, read);
    const change = this.admit(shelf, read);
    if (change === undefined) return 'refused';
    const entry = publish(this.shelves, change);
    entry.signature = read.signature;
    shelf.refused.delete(read.name);
    shelf.orphaned.delete(read.name);
    const [first] = read.segments;
    const last = read.segments.at(-1);
    if (first === undefined || last === undefined) {
      entry.sidecar = undefined;
    } else {
      entry.sidecar = { first, last, bytes: read.bytes };
      this.hooks.noteSidecar(shelf, entry);
    }
    this.reportDuplicates(shelf, entry);
    return 'served';
  }

  /** The change that serves what was read, or undefined when another file has its id. */
  private admit(shelf: Shelf, read: FileRead): Change | undefined {
    const { name, content } = read;
    const { id } = content.scalars;
    const rival = shelf.table.get(id);
    if (rival !== undefined && rival.name !== name) {
      if (name !== nameFor(id)) {
        this.refuseDuplicate(shelf, name, read.signature, id);
        return undefined;
      }
      // The file that is named after the id is the one this service writes.
      this.unserve(shelf, rival);
      this.refuseDuplicate(shelf, rival.name, rival.signature, id);
    }
    let entry = shelf.table.getByName(name);
    if (entry !== undefined && entry.id !== id) {
      this.unserve(shelf, entry);
      entry = undefined;
    }
    const relations = nextRelations(
      shelf.type,
      entry,
      (relation) => content.relations.get(relation) ?? new Map(),
    );
    const stored = toStored(content.scalars, sumsOf(relations));
    return { kind: 'write', shelf, entry, name, stored, relations };
  }

  /** Says that a value that should be unique is not; both files are served. */
  private reportDuplicates(shelf: Shelf, entry: Entry): void {
    for (const { path, other } of shelf.table.clashes(entry.stored, entry)) {
      const message = `Its ${path} is also that of the file ${other.name}; both are served.`;
      this.report({ kind: 'duplicate-value', path: pathOf(shelf, entry.name), message });
    }
  }

  /** The file was removed by hand. What refers to the resource keeps its reference. */
  private async forget(shelf: Shelf, name: string): Promise<Outcome> {
    await this.presence.verify(); // a folder that is away is not a folder without files
    shelf.refused.delete(name);
    const entry = shelf.table.getByName(name);
    if (entry === undefined) return 'gone';
    this.unserve(shelf, entry);
    for (const [other, { duplicateOf }] of [...shelf.refused]) {
      if (duplicateOf !== entry.id) continue;
      shelf.refused.delete(other);
      await this.refresh(shelf, other);
    }
    return 'gone';
  }

  /** Its sidecar stays: it belongs to the file, which may come back. */
  private unserve(shelf: Shelf, entry: Entry): void {
    publish(this.shelves, { kind: 'remove', shelf, entry });
    if (entry.sidecar !== undefined) shelf.orphaned.add(entry.name);
  }

  /** Nothing of what the file says is told: a log is read by others than the file is. */
  private refuse(shelf: Shelf, unfit: Unfit): Outcome {
    const entry = shelf.table.getByName(unfit.name);
    if (entry !== undefined) this.unserve(shelf, entry);
    const { name, signature, error } = unfit;
    shelf.refused.set(name, { signature });
    const isContent = error instanceof ContentError;
    const why = isContent || isSystemError(error) ? error.message : 'it cannot be read';
    const message = `The file is not served: ${why}. It stays where it is.`;
    this.report({ kind: 'unreadable', path: pathOf(shelf, name), message, cause: error });
    return 'refused';
  }

  private refuseDuplicate(
    shelf: Shelf,
    name: string,
    signature: Signature | undefined,
    id: string,
  ): void {
    shelf.refused.set(name, { signature, duplicateOf: id });
    const message = 'The file is not served: another file has the same id. It stays where it is.';
    this.report({ kind: 'duplicate-id', path: pathOf(shelf, name), message });
  }
}

function signatureIn({ ino, mtimeMs, size }: Stats): Signature {
  return { ino, mtimeMs, size };
}

function checkFile(name: string, stat: Stats): void {
  if (!stat.isFile()) throw new ContentError('it is not a file');
  if (!isNameShortEnough(name)) throw new ContentError('its name is too long');
}

function contentOf({ type }: Shelf, name: string, { mtime }: Stats, text: string): Content {
  return parseFile(type, text, { id: idOfFileName(name), changed: mtime });
}

function nameFor(id: string): string | undefined {
  try {
    return fileNameOf(id);
  } catch {
    return undefined;
  }
}

export function pathOf(shelf: Shelf, name: string): string {
  return `${shelf.type.collection}/${name}`;
}
