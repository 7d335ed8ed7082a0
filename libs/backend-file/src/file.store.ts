import {
  BackendError,
  type Deletion,
  type DeltaResult,
  type Draft,
  type NativePage,
  type Query,
  type ReadOptions,
  type RelationDelta,
  type ResourceStore,
  type Stored,
  TimeSlice,
  type WriteContext,
} from '#backend';
import type { Shelf, Shelves } from './memory/shelves.js';
import { displayOf, expanded } from './query/expand.js';
import { queryShelf } from './query/file.query.js';
import type { Presence } from './watch/presence.js';
import type { Deletions } from './write/deletions.js';
import type { FileWriter } from './write/file.writer.js';
import type { RunWrite } from './write/run-writes.js';

/** What changes files. */
interface StoreWrites {
  readonly writer: FileWriter;
  readonly deletions: Deletions;
  readonly run: RunWrite;
}

/** The resources of one type: reads from memory, writes through the queue of the backend. */
export class FileStore implements ResourceStore {
  constructor(
    private readonly shelves: Shelves,
    private readonly shelf: Shelf,
    private readonly presence: Pick<Presence, 'sure'>,
    /** Absent: the folder is only read. */
    private readonly writes?: StoreWrites,
  ) {}

  async *scan(options?: ReadOptions): AsyncGenerator<Stored> {
    await this.presence.sure();
    for (const entry of this.shelf.table.order.slice()) {
      options?.signal?.throwIfAborted();
      // Deleted since, or taken in anew, which whoever reads a list in passing may see either way.
      if (this.shelf.table.get(entry.id) !== entry) continue;
      yield expanded(this.shelves, entry, options?.expand);
    }
  }

  async get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    await this.presence.sure();
    const entry = this.shelf.table.get(id);
    return entry && expanded(this.shelves, entry, options?.expand);
  }

  async query(query: Query): Promise<NativePage> {
    await this.presence.sure();
    return queryShelf(this.shelves, this.shelf, query);
  }

  async expand(resources: readonly Stored[], names: readonly string[]): Promise<readonly Stored[]> {
    await this.presence.sure();
    const result: Stored[] = [];
    const slice = new TimeSlice();
    for (const { id } of resources) {
      const entry = this.shelf.table.get(id);
      if (entry !== undefined) result.push(expanded(this.shelves, entry, names));
      if (slice.isOver) await slice.next();
    }
    return result;
  }

  async isSmall(id: string, relation: string, most: number): Promise<boolean> {
    await this.presence.sure();
    const elements = this.shelf.table.get(id)?.relations.get(relation)?.elements;
    return elements !== undefined && elements.size <= most;
  }

  async displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    await this.presence.sure();
    const found = new Map<string, string | undefined>();
    for (const id of ids) {
      const entry = this.shelf.table.get(id);
      if (entry !== undefined) found.set(id, displayOf(entry));
    }
    return found;
  }

  async put(draft: Draft, context: WriteContext): Promise<Stored> {
    const { run, writer } = this.writable;
    return run(context.signal, () => writer.put(this.shelf, draft, context));
  }

  async delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return this.writable.deletions.delete(this.shelf, id, context);
  }

  async applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    const { run, writer } = this.writable;
    return run(context.signal, () => writer.applyDelta(this.shelf, id, deltas, context));
  }

  private get writable(): StoreWrites {
    if (this.writes !== undefined) return this.writes;
    throw new BackendError('unsupported', 'The data folder was opened for reading only.');
  }
}
