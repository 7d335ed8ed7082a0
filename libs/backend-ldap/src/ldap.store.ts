import type {
  Deletion,
  DeltaResult,
  Draft,
  NativePage,
  Query,
  ReadOptions,
  RelationDelta,
  ResourceStore,
  Stored,
  WriteContext,
} from '#backend';
import type { Model } from './mapping/model.js';
import type { LdapQueries } from './query/ldap.query.js';
import type { Reader } from './read/reader.js';
import { guarded, guardedScan } from './server/errors.js';
import type { LdapWriter } from './write/ldap.writer.js';

/** Operations of one type; what the port throws leaves as a `BackendError`. */
export class LdapStore implements ResourceStore {
  constructor(
    private readonly model: Model,
    private readonly reader: Reader,
    private readonly writer: LdapWriter,
    private readonly queries: LdapQueries,
  ) {}

  scan(options: ReadOptions = {}): AsyncGenerator<Stored> {
    return guardedScan(this.all(options));
  }

  get(id: string, options: ReadOptions = {}): Promise<Stored | undefined> {
    return guarded(options.signal, async () => {
      const decoded = await this.reader.one(this.model, id, options.expand);
      if (decoded === undefined) return undefined;
      return (await this.reader.expanded(this.model, [decoded], options))[0];
    });
  }

  query(query: Query): Promise<NativePage> {
    return guarded(query.signal, () => this.queries.page(this.model, query));
  }

  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return guarded(signal, () => this.reader.completed(this.model, resources, names));
  }

  /** As counted by the changes that were made here; what was never counted is not small. */
  isSmall(id: string, relation: string, most: number): Promise<boolean> {
    return guarded(undefined, async () => {
      const size = (await this.reader.one(this.model, id))?.sizes[relation];
      return size !== undefined && size <= most;
    });
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return guarded(undefined, () => this.reader.displays(this.model, ids));
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return guarded(context.signal, () => this.writer.put(this.model, draft, context));
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return guarded(context.signal, () => this.writer.delete(this.model, id, context));
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return guarded(context.signal, () => this.writer.applyDelta(this.model, id, deltas, context));
  }

  private async *all(options: ReadOptions): AsyncGenerator<Stored> {
    for await (const decoded of this.reader.scan(this.model, options)) {
      yield* await this.reader.expanded(this.model, decoded, options);
    }
  }
}
