import { randomUUID } from 'node:crypto';
import {
  BackendError,
  type Capabilities,
  type Deletion,
  type DeltaResult,
  type Draft,
  type EventRecord,
  type NativePage,
  type Query,
  type ReadOptions,
  type RelationDelta,
  type ResourceStore,
  type Stored,
  type WriteContext,
} from '#backend';
import type { ResourceType } from '#scim';
import type { Intent } from './journal-line.js';
import { uniqueValues } from './settle.js';

/** What stores need of the journal. */
export interface Recorder {
  begin(intent: Intent): Promise<void>;
  end(intent: Intent, records: readonly EventRecord[]): Promise<void>;
  /** Nobody knows whether the write happened: the store is to be asked later. */
  doubt(intent: Intent): void;
  /** Resources that name this one and will change when it is deleted. */
  holders(type: ResourceType, id: string): Promise<NonNullable<Intent['others']>>;
}

/** Whether, and where to, a store's own acceleration is passed on: present only if it has it. */
type Optional = Pick<ResourceStore, 'query' | 'applyDelta' | 'expand' | 'displays' | 'isSmall'>;

/** A store whose writes are journaled where they are to be announced. */
export class JournaledStore implements ResourceStore {
  declare readonly query?: (query: Query) => Promise<NativePage>;
  declare readonly applyDelta?: NonNullable<Optional['applyDelta']>;
  declare readonly expand?: NonNullable<Optional['expand']>;
  declare readonly displays?: NonNullable<Optional['displays']>;
  declare readonly isSmall?: NonNullable<Optional['isSmall']>;

  constructor(
    private readonly type: ResourceType,
    private readonly inner: ResourceStore,
    private readonly supports: Capabilities,
    private readonly recorder: Recorder,
  ) {
    const { query, applyDelta, expand, displays, isSmall } = inner;
    const optional: Optional = {
      ...(query === undefined ? {} : { query: query.bind(inner) }),
      ...(expand === undefined ? {} : { expand: expand.bind(inner) }),
      ...(displays === undefined ? {} : { displays: displays.bind(inner) }),
      ...(isSmall === undefined ? {} : { isSmall: isSmall.bind(inner) }),
      ...(applyDelta === undefined
        ? {}
        : { applyDelta: this.journaledDelta(applyDelta.bind(inner)) }),
    };
    Object.assign(this, optional);
  }

  scan(options?: ReadOptions): AsyncIterable<Stored> {
    return this.inner.scan(options);
  }

  get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    return this.inner.get(id, options);
  }

  async put(draft: Draft, context: WriteContext): Promise<Stored> {
    const { record } = context;
    if (record === undefined) return this.inner.put(draft, context);
    const operation = context.ifVersion === undefined ? 'Create' : 'Update';
    const named = this.withId(draft);
    const intent = {
      ...this.intent(operation, context),
      ...(named.id === undefined
        ? { unique: uniqueValues(this.type, named) }
        : { resource: named.id }),
    };
    return this.run(
      intent,
      () => this.inner.put(named, context),
      (stored) => [record({ operation, type: this.type, stored })],
    );
  }

  async delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    const { record } = context;
    const last = record && (await this.inner.get(id));
    if (record === undefined || last === undefined) return this.inner.delete(id, context);
    const deletion = record({ operation: 'Delete', type: this.type, stored: last });
    const intent: Intent = {
      ...this.intent('Delete', context),
      resource: id,
      ...(deletion === undefined ? {} : { record: deletion }),
      ...(this.supports.cascade ? { others: await this.recorder.holders(this.type, id) } : {}),
    };
    return this.run(
      intent,
      () => this.inner.delete(id, context),
      (result) =>
        result === undefined
          ? []
          : [
              ...(result.changed ?? []).map(({ type, stored }) =>
                record({ operation: 'Update', type, stored }),
              ),
              record({ operation: 'Delete', type: this.type, stored: result.deleted }),
            ],
    );
  }

  private journaledDelta(applyDelta: NonNullable<Optional['applyDelta']>) {
    return async (
      id: string,
      deltas: readonly RelationDelta[],
      context: WriteContext,
    ): Promise<DeltaResult | undefined> => {
      const { record } = context;
      if (record === undefined) return applyDelta(id, deltas, context);
      return this.run(
        { ...this.intent('Update', context), resource: id },
        () => applyDelta(id, deltas, context),
        (result) =>
          result?.changed === true
            ? [record({ operation: 'Update', type: this.type, stored: result.stored })]
            : [],
      );
    };
  }

  /** Where the store assigns no ids of its own, a new resource can be looked for by this one. */
  private withId(draft: Draft): Draft {
    if (draft.id !== undefined || this.supports.ids === 'assigned') return draft;
    return { ...draft, id: randomUUID() };
  }

  private intent(operation: Intent['operation'], { ifVersion, now }: WriteContext): Intent {
    return {
      id: randomUUID(),
      operation,
      type: this.type.name,
      now,
      ...(ifVersion === undefined ? {} : { before: ifVersion }),
    };
  }

  private async run<T>(
    intent: Intent,
    write: () => Promise<T>,
    recordsOf: (result: T) => readonly (EventRecord | undefined)[],
  ): Promise<T> {
    await this.recorder.begin(intent);
    let result: T;
    try {
      result = await write();
    } catch (error) {
      // By contract nothing was written, unless the store was lost or broke on the way.
      if (error instanceof BackendError && error.code !== 'unavailable') {
        void this.recorder.end(intent, []);
      } else {
        this.recorder.doubt(intent);
      }
      throw error;
    }
    // The answer need not wait: were the end lost, the intent would be settled at the next start.
    void this.recorder.end(
      intent,
      recordsOf(result).filter((one) => one !== undefined),
    );
    return result;
  }
}
