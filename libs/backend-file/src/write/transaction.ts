import { join, relative } from 'node:path';
import { removeQuietly, type Signature, writeTemporary } from '#durable';
import type { Journal } from '../disk/journal.js';
import type { Layout } from '../disk/layout.js';
import { lineText, segmentPath } from '../disk/sidecar.js';
import type { Step } from '../disk/steps.js';
import { renderFile } from '../file.mapping.js';
import type { Entry } from '../memory/entry.js';
import { publish } from '../memory/publish.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import type { Change } from './changes.js';
import type { Checkpoints } from './checkpoints.js';

/** What a change puts on the disk, and what to remember of it. */
export interface Prepared {
  readonly change: Change;
  readonly steps: readonly Step[];
  readonly signature?: Signature;
  readonly temporary?: string;
  /** Bytes added to the sidecar. */
  readonly bytes?: number;
}

/** Writes changes to the disk, all or none, and then makes them visible. */
export class Transactions {
  constructor(
    private readonly shelves: Shelves,
    private readonly layout: Layout,
    private readonly journal: Journal,
    private readonly checkpoints: Checkpoints,
  ) {}

  /**
   * @param before steps of the same transaction that belong to no resource
   * @param ready what was prepared of the changes already
   */
  async apply(
    changes: readonly Change[],
    before: readonly Step[] = [],
    ready?: ReadonlyMap<Change, Prepared>,
  ): Promise<void> {
    const prepared: Prepared[] = [];
    try {
      for (const change of changes) {
        prepared.push(ready?.get(change) ?? (await this.prepare(change)));
      }
      await this.journal.commit([...before, ...prepared.flatMap(({ steps }) => steps)]);
    } catch (error) {
      for (const one of prepared) await this.discard(one);
      throw error;
    }
    for (const one of prepared) this.publish(one);
  }

  private publish({ change, signature, bytes }: Prepared): void {
    const entry = publish(this.shelves, change);
    switch (change.kind) {
      case 'write':
        entry.signature = signature;
        entry.sidecar = undefined;
        return;
      case 'delta': {
        const { first, last, bytes: before } = entry.sidecar ?? NO_SIDECAR;
        entry.sidecar = { first, last, bytes: before + (bytes ?? 0) };
        this.checkpoints.note(change.shelf, entry);
        return;
      }
      case 'remove':
        return;
    }
  }

  /** What was prepared and is not to be applied. */
  async discard({ temporary }: Prepared): Promise<void> {
    if (temporary !== undefined) await removeQuietly(temporary);
  }

  /** Writes what the change will put in place; nothing has changed by that. */
  async prepare(change: Change): Promise<Prepared> {
    const { shelf } = change;
    switch (change.kind) {
      case 'write': {
        const elements = new Map(
          [...change.relations].map(([name, next]) => [name, next.elements]),
        );
        const temporary = this.layout.newTemporary();
        const chunks = renderFile(this.shelves, shelf.type, change.stored, elements);
        const signature = await writeTemporary(temporary, chunks);
        const to = this.path(join(shelf.folder, change.name));
        const replace: Step = { do: 'replace', from: this.path(temporary), to };
        const steps = [replace, ...this.dropSidecar(shelf, change.entry)];
        return { change, steps, signature, temporary };
      }
      case 'delta': {
        const { last } = change.entry.sidecar ?? NO_SIDECAR;
        const path = this.path(segmentPath(shelf.sidecars, change.entry.name, last));
        const text = lineText(change.line);
        const steps: Step[] = [{ do: 'append', path, text }];
        return { change, steps, bytes: Buffer.byteLength(text) };
      }
      case 'remove': {
        const paths = [this.path(join(shelf.folder, change.entry.name))];
        const remove: Step = { do: 'remove', folder: this.path(shelf.folder), paths };
        return { change, steps: [remove, ...this.dropSidecar(shelf, change.entry)] };
      }
    }
  }

  private dropSidecar(shelf: Shelf, entry: Entry | undefined): Step[] {
    if (entry?.sidecar === undefined) return [];
    const paths = segmentPaths(shelf, entry, entry.sidecar.first, entry.sidecar.last);
    return [
      { do: 'remove', folder: this.path(shelf.sidecars), paths: paths.map((p) => this.path(p)) },
    ];
  }

  private path(path: string): string {
    return relative(this.layout.root, path);
  }
}

const NO_SIDECAR = { first: 1, last: 1, bytes: 0 };

export function segmentPaths(shelf: Shelf, entry: Entry, first: number, last: number): string[] {
  const paths: string[] = [];
  for (let n = first; n <= last; n++) paths.push(segmentPath(shelf.sidecars, entry.name, n));
  return paths;
}
