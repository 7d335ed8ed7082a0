import {
  checkVersion,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  idTaken,
  isCurrent,
  newVersion,
  notUnique,
  type RelationDelta,
  type RelationElement,
  type Stored,
  unknownTarget,
  type WriteContext,
} from '#backend';
import { leaf } from '#scim';
import type { Database, Session } from '../connection/database.js';
import { DuplicateError, OvertakenError, unavailable } from '../connection/failure.js';
import type { Layout, RelationLayout, TypeLayout } from '../layout/layout.js';
import { checkId, documentOf, isPossibleId, toStored } from '../mongo.mapping.js';
import type { Counts } from '../read/counts.js';
import { namings } from './cascade.js';
import { elementsOf, touched } from './changes.js';
import { type Held, Step } from './step.js';
import { Turns } from './turns.js';

/** How long a writer waits for those before it, in ms. */
const PATIENCE = 30_000;
/** Tries of a step that another process was faster than. */
const MOST_TRIES = 10;

/** The writes of the contract, each one step. */
export class MongoWriter {
  private readonly turns = new Turns(PATIENCE);

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly counts: Counts,
  ) {}

  async put(layout: TypeLayout, draft: Draft, context: WriteContext): Promise<Stored> {
    const id = draft.id ?? crypto.randomUUID();
    const { ifVersion } = context;
    if (ifVersion === undefined) checkId(id);
    else if (!isPossibleId(id)) throw gone();
    const work = (step: Step, slot: number) =>
      ifVersion === undefined
        ? this.create(step, slot, layout, draft, id, context)
        : this.replace(step, layout, draft, id, context);
    try {
      return await this.step(layout, id, context, work);
    } catch (error) {
      throw error instanceof DuplicateError ? this.duplicate(layout, error) : error;
    }
  }

  private async create(
    step: Step,
    slot: number,
    layout: TypeLayout,
    draft: Draft,
    id: string,
    context: WriteContext,
  ): Promise<Stored> {
    const stored = toStored(layout.type, draft, id, newVersion());
    const seq = step.next();
    const wanted = this.elements(layout, draft, context);
    const write = async () => step.insert(layout, documentOf(layout, stored, { seq, born: seq }));
    if (step.session !== undefined) await write();
    else if ([...wanted.values()].some((elements) => elements.length > 0)) {
      // Whether the id is free is decided by the insert; this is for those who would find it taken.
      if ((await step.find(layout, [id])).length > 0) throw idTaken();
      await step.note(layout, id, seq);
    }
    for (const [relation, elements] of wanted) {
      if (elements.length === 0) continue;
      await step.forget(relation, id, seq);
      await step.add(relation, id, await this.checked(step, relation, elements, context), seq);
    }
    if (step.session === undefined) await write();
    await step.record(context, 'Create', layout, stored, seq);
    await this.counts.add(layout, slot, 1, step.session);
    return stored;
  }

  private async replace(
    step: Step,
    layout: TypeLayout,
    draft: Draft,
    id: string,
    context: WriteContext,
  ): Promise<Stored> {
    const held = await step.hold(layout, id);
    if (held === undefined) throw gone();
    if (!isCurrent(layout.type, held.stored, context)) throw conflict();
    const stored = toStored(layout.type, draft, id, newVersion());
    const { seq, born } = held.document._scim;
    const next = step.next(seq);
    for (const [relation, elements] of this.elements(layout, draft, context)) {
      const before = await step.present(relation, held);
      const wanted = new Set(elements.map(({ value }) => value));
      const added = elements.filter(({ value }) => !before.has(value));
      const removed = [...before].filter((value) => !wanted.has(value));
      await step.end(relation, id, removed, next);
      await step.add(relation, id, await this.checked(step, relation, added, context), next);
    }
    const document = documentOf(layout, stored, { seq: next, born });
    if (!(await step.replace(layout, held, document))) throw conflict();
    await step.record(context, 'Update', layout, stored, next);
    return stored;
  }

  async applyDelta(
    layout: TypeLayout,
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    if (!isPossibleId(id)) return undefined;
    return this.step(layout, id, context, async (step) => {
      const held = await step.hold(layout, id);
      if (held === undefined) return undefined;
      checkVersion(held.stored, context);
      const next = step.next(held.document._scim.seq);
      let changed = false;
      for (const delta of deltas) {
        if (await this.applyOne(step, layout, held, delta, next, context)) changed = true;
      }
      if (!changed) return { stored: held.stored, changed };
      const stored = touched(held.stored, context);
      if (!(await step.touch(layout, held, stored, next))) throw new OvertakenError();
      await step.record(context, 'Update', layout, stored, next);
      return { stored, changed };
    });
  }

  private async applyOne(
    step: Step,
    layout: TypeLayout,
    held: Held,
    delta: RelationDelta,
    next: number,
    context: WriteContext,
  ): Promise<boolean> {
    const relation = layout.relations.find(({ name }) => name === delta.relation);
    if (relation === undefined) {
      throw new Error(`${layout.type.name} has no relation ${delta.relation}`);
    }
    const { id } = held.stored;
    const add = elementsOf(relation.relation, delta.add);
    const named = [...add.map(({ value }) => value), ...delta.remove];
    const present = await step.present(relation, held, named);
    const added = add.filter(({ value }) => !present.has(value));
    const removed = [...new Set(delta.remove)].filter((value) => present.has(value));
    await step.end(relation, id, removed, next);
    await step.add(relation, id, await this.checked(step, relation, added, context), next);
    return added.length + removed.length > 0;
  }

  async delete(
    layout: TypeLayout,
    id: string,
    context: WriteContext,
  ): Promise<Deletion | undefined> {
    if (!isPossibleId(id)) return undefined;
    return this.step(layout, id, context, async (step, slot) => {
      const held = await step.hold(layout, id);
      if (held === undefined) return undefined;
      checkVersion(held.stored, context);
      const changed =
        step.session === undefined ? [] : await this.takeOut(step, layout, id, context);
      const next = step.next(held.document._scim.seq);
      await step.note(layout, id, next);
      if (!(await step.remove(layout, held))) {
        // Only without a transaction: somebody else was faster.
        if (context.ifVersion !== undefined) throw conflict();
        throw new OvertakenError();
      }
      await step.record(context, 'Delete', layout, held.stored, next);
      await this.counts.add(layout, slot, -1, step.session);
      return { deleted: held.stored, changed };
    });
  }

  /** Takes a resource out of all others, in the transaction of its delete. */
  private async takeOut(step: Step, layout: TypeLayout, id: string, context: WriteContext) {
    const all = await namings(step, this.database, this.layout, layout, id, context);
    for (const { layout: holder, held, stored, relations } of all) {
      const { seq, born } = held.document._scim;
      const next = step.next(seq);
      for (const relation of relations) await step.end(relation, stored.id, [id], next);
      if (holder.type.references.length === 0) await step.touch(holder, held, stored, next);
      else await step.replace(holder, held, documentOf(holder, stored, { seq: next, born }));
      await step.record(context, 'Update', holder, stored, next);
    }
    return all.map(({ layout: { type }, stored }) => ({ type, stored }));
  }

  /** What a draft says of the relations that are not kept as they are. */
  private elements(
    { relations }: TypeLayout,
    draft: Draft,
    { keep }: WriteContext,
  ): ReadonlyMap<RelationLayout, readonly RelationElement[]> {
    const stated = relations.filter(({ name }) => !keep?.includes(name));
    return new Map(stated.map((one) => [one, elementsOf(one.relation, draft[one.name])]));
  }

  /**
   * The elements with the types of their targets, which exist until the transaction ends.
   * @throws BackendError `unknown-target` listing those that name no resource
   */
  private async checked(
    step: Step,
    { relation }: RelationLayout,
    elements: readonly RelationElement[],
    { targets }: WriteContext,
  ): Promise<readonly RelationElement[]> {
    if (targets !== 'exist' || step.session === undefined) return elements;
    const types = new Map<string, string>();
    let open = elements.map(({ value }) => value);
    for (const name of relation.types) {
      for (const id of await step.take(this.layout.named(name), open)) types.set(id, name);
      open = open.filter((value) => !types.has(value));
    }
    if (open.length > 0) throw unknownTarget(relation, open);
    return elements.map(({ value }) => ({ value, type: types.get(value) ?? '' }));
  }

  /** One write, after those of this process that change the same resource. */
  private step<T>(
    { collection }: TypeLayout,
    id: string,
    { signal }: WriteContext,
    work: (step: Step, slot: number) => Promise<T>,
  ): Promise<T> {
    const attempt = (slot: number) => {
      if (!this.database.hasTransactions) return this.inOrder((step) => work(step, slot));
      return this.database.transaction((session: Session) =>
        work(new Step(this.database, this.layout, session), slot),
      );
    };
    return this.turns.run(`${collection}/${id}`, async () => {
      signal?.throwIfAborted();
      for (let tries = 1; ; tries++) {
        try {
          return await this.counts.withSlot(attempt);
        } catch (error) {
          if (!wasOvertaken(error)) throw error;
          if (tries === MOST_TRIES) throw unavailable(error);
        }
      }
    });
  }

  private inOrder<T>(work: (step: Step) => Promise<T>): Promise<T> {
    const step = new Step(this.database, this.layout, undefined);
    return this.database.run(async () => {
      try {
        const result = await work(step);
        await step.letGo(false);
        return result;
      } catch (error) {
        await step.letGo(true).catch(() => undefined); // the next one that holds it does it
        throw error;
      }
    });
  }

  private duplicate({ keys, lists }: TypeLayout, error: DuplicateError): unknown {
    const taken = [...keys, ...lists].find(({ name }) =>
      error.fields.some((field) => field === `_scim.u.${name}`),
    );
    return taken === undefined ? idTaken() : notUnique(leaf(taken.path).path);
  }
}

/** Whether somebody else wrote the same at the same moment, so that it has to be looked at anew. */
function wasOvertaken(error: unknown): boolean {
  if (error instanceof OvertakenError) return true;
  return error instanceof DuplicateError && error.fields.includes('value');
}
