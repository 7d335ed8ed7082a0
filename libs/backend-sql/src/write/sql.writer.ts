import {
  type Changed,
  checkVersion,
  computedRelations,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  idTaken,
  keptElements,
  newVersion,
  notUnique,
  pieces,
  type RelationDelta,
  type Stored,
  type WriteContext,
} from '#backend';
import { dropReference, leaf, samePath } from '#scim';
import { type Database, DuplicateError } from '../connection/database.js';
import { list, raw, type Sql, sql } from '../connection/statement.js';
import { Turns } from '../connection/turns.js';
import { keyOf, sortedKey, valueKey } from '../filter/keys.js';
import type { Layout, RelationTable, TypeLayout } from '../schema/layout.js';
import {
  attributeVersion,
  checkId,
  isPossibleId,
  relationVersion,
  toStored,
  valueRows,
} from '../sql.mapping.js';
import { Transaction } from './transaction.js';

/** The writes of the contract, each one transaction. */
export class SqlWriter {
  private readonly turns: Turns;

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly slots: number,
  ) {
    this.turns = new Turns(database.statementTimeout);
  }

  async put(layout: TypeLayout, draft: Draft, context: WriteContext): Promise<Stored> {
    const id = draft.id ?? crypto.randomUUID();
    const { ifVersion } = context;
    if (ifVersion === undefined) checkId(id);
    else if (!isPossibleId(id)) throw gone();
    try {
      return await this.inTurn(layout, id, context, (transaction) =>
        ifVersion === undefined
          ? this.create(transaction, layout, draft, id, context)
          : this.replace(transaction, layout, draft, id, { ...context, ifVersion }),
      );
    } catch (error) {
      if (error instanceof DuplicateError) throw await this.duplicate(layout, error, draft, id);
      throw error;
    }
  }

  private async create(
    transaction: Transaction,
    layout: TypeLayout,
    draft: Draft,
    id: string,
    context: WriteContext,
  ): Promise<Stored> {
    const stored = toStored(layout.type, draft, id, newVersion());
    await transaction.insert(layout, stored);
    for (const relation of layout.relations) {
      if (context.keep?.includes(relation.name)) continue;
      const rows = transaction.relation(relation, id);
      const elements = keptElements(draft[relation.name]);
      await rows.add(context.targets === 'exist' ? await rows.checked(elements) : elements);
    }
    await transaction.record(context, 'Create', layout, stored);
    await transaction.count(layout, 1);
    return stored;
  }

  private async replace(
    transaction: Transaction,
    layout: TypeLayout,
    draft: Draft,
    id: string,
    context: Replacing,
  ): Promise<Stored> {
    const stored = toStored(layout.type, draft, id, newVersion());
    if (!(await transaction.replace(layout, stored, this.isCurrent(layout, context)))) {
      throw (await transaction.lock(layout, id)) === undefined ? gone() : conflict();
    }
    for (const relation of layout.relations) {
      if (context.keep?.includes(relation.name)) continue;
      await this.restate(transaction, relation, draft, id, context);
    }
    await transaction.record(context, 'Update', layout, stored);
    return stored;
  }

  /** The condition under which a row is still what the draft was computed from. */
  private isCurrent({ type }: TypeLayout, context: Replacing): Sql {
    const { ifVersion, computedFrom } = context;
    const fromRelations = computedRelations(type, context).length > 0;
    if (computedFrom === undefined || fromRelations) return sql`version = ${ifVersion}`;
    const start = `W/"${attributeVersion(ifVersion)}`;
    const { startsWith } = this.database.dialect;
    return sql`(version = ${`${start}"`} or ${startsWith(raw('version'), `${start}.`)})`;
  }

  /** All elements of a relation anew; those that stay keep their place. */
  private async restate(
    transaction: Transaction,
    relation: RelationTable,
    draft: Draft,
    id: string,
    { targets }: WriteContext,
  ): Promise<void> {
    const rows = transaction.relation(relation, id);
    const before = await rows.values();
    const elements = keptElements(draft[relation.name]);
    const wanted = new Set(elements.map(({ value }) => value));
    const added = elements.filter(({ value }) => !before.has(value));
    await rows.remove([...before].filter((value) => !wanted.has(value)));
    await rows.add(targets === 'exist' ? await rows.checked(added) : added);
  }

  async applyDelta(
    layout: TypeLayout,
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    if (!isPossibleId(id)) return undefined;
    return this.inTurn(layout, id, context, async (transaction) => {
      const current = await transaction.lock(layout, id);
      if (current === undefined) return undefined;
      checkVersion(current, context);
      let changed = false;
      for (const delta of deltas) {
        if (await this.applyOne(transaction, layout, id, delta, context)) changed = true;
      }
      if (!changed) return { stored: current, changed };
      const stored = touched(current, context, relationVersion(current.meta.version));
      await transaction.touch(layout, stored);
      await transaction.record(context, 'Update', layout, stored);
      return { stored, changed };
    });
  }

  private async applyOne(
    transaction: Transaction,
    layout: TypeLayout,
    id: string,
    delta: RelationDelta,
    { targets }: WriteContext,
  ): Promise<boolean> {
    const relation = layout.relations.find(({ name }) => name === delta.relation);
    if (relation === undefined) {
      throw new Error(`${layout.type.name} has no relation ${delta.relation}`);
    }
    const rows = transaction.relation(relation, id);
    const add = keptElements(delta.add);
    const present = await rows.present([...add.map(({ value }) => value), ...delta.remove]);
    const added = add.filter(({ value }) => !present.has(value));
    const removed = [...new Set(delta.remove)].filter((value) => present.has(value));
    await rows.remove(removed);
    await rows.add(targets === 'exist' ? await rows.checked(added) : added);
    return added.length + removed.length > 0;
  }

  async delete(
    layout: TypeLayout,
    id: string,
    context: WriteContext,
  ): Promise<Deletion | undefined> {
    if (!isPossibleId(id)) return undefined;
    return this.inTurn(layout, id, context, async (transaction) => {
      // Holders first, as a change of members does it, so that no two wait for one another.
      const held = await this.lockHolders(transaction, layout, id, []);
      const deleted = await transaction.lock(layout, id);
      if (deleted === undefined) return undefined;
      checkVersion(deleted, context);
      const late = await this.lockHolders(transaction, layout, id, held);
      const changed = new Map<string, { holder: TypeLayout; stored: Stored }>();
      for (const { holder, relation, resources } of [...held, ...late]) {
        const ids = resources.map((stored) => stored.id);
        await this.takeOut(transaction, relation, ids, id);
        for (const stored of resources) {
          changed.set(`${holder.type.name}/${stored.id}`, {
            holder,
            stored: touched(stored, context, relationVersion(stored.meta.version)),
          });
        }
      }
      for (const [key, { holder, stored }] of await this.withReference(transaction, layout, id)) {
        const base = changed.get(key)?.stored ?? stored;
        const left = dropReference(base, holder.type, id);
        if (left !== undefined)
          changed.set(key, { holder, stored: touched(left, context, newVersion()) });
      }
      changed.delete(`${layout.type.name}/${id}`);
      for (const { holder, stored } of changed.values()) {
        await this.rewrite(transaction, holder, stored);
        await transaction.record(context, 'Update', holder, stored);
      }
      await transaction.remove(layout, id);
      await transaction.record(context, 'Delete', layout, deleted);
      await transaction.count(layout, -1);
      const others = [...changed.values()].map(
        ({ holder, stored }): Changed => ({ type: holder.type, stored }),
      );
      return { deleted, changed: others };
    });
  }

  /** The resources that hold this one in a relation, but for those that are known; locked. */
  private async lockHolders(
    transaction: Transaction,
    { type }: TypeLayout,
    id: string,
    known: readonly Holders[],
  ): Promise<readonly Holders[]> {
    const found: Holders[] = [];
    for (const holder of this.layout.types) {
      for (const relation of holder.relations) {
        if (!relation.relation.types.includes(type.name)) continue;
        const rows = await transaction.rows(
          sql`select m.id as id from ${transaction.quote(relation.table)} m where m.value = ${id}`,
        );
        const before = known.find((one) => one.relation === relation)?.resources ?? [];
        const locked = new Set(before.map((stored) => stored.id));
        const ids = rows.map((row) => String(row.id)).filter((one) => !locked.has(one));
        if (ids.length === 0) continue;
        found.push({ holder, relation, resources: await transaction.lockAll(holder, ids) });
      }
    }
    return found;
  }

  private async takeOut(
    transaction: Transaction,
    { table }: RelationTable,
    holders: readonly string[],
    value: string,
  ): Promise<void> {
    for (const piece of pieces(holders)) {
      await transaction.run(sql`
        delete from ${transaction.quote(table)} where value = ${value} and id in (${list(piece)})`);
    }
  }

  /** The resources that refer to this one by an attribute of their own, locked. */
  private async withReference(transaction: Transaction, { type }: TypeLayout, id: string) {
    const found = new Map<string, { holder: TypeLayout; stored: Stored }>();
    for (const holder of this.layout.types) {
      for (const attribute of holder.type.references) {
        if (!attribute.subByName.get('$ref')?.referenceTypes.includes(type.name)) continue;
        const path = { attribute, sub: attribute.subByName.get('value') };
        const key = keyOf(leaf(path).matching, id);
        if (key === undefined) continue;
        const column = holder.keys.find((one) => samePath(one.path, path));
        const table = transaction.quote(column === undefined ? holder.values : holder.table);
        const condition =
          column === undefined
            ? sql`path = ${leaf(path).path} and value = ${valueKey(key)}`
            : sql`${transaction.quote(column.column)} = ${sortedKey(key).text}`;
        const rows = await transaction.rows(sql`select id from ${table} where ${condition}`);
        const ids = rows.map((row) => String(row.id));
        for (const stored of await transaction.lockAll(holder, ids)) {
          found.set(`${holder.type.name}/${stored.id}`, { holder, stored });
        }
      }
    }
    return found;
  }

  private async rewrite(transaction: Transaction, holder: TypeLayout, stored: Stored) {
    if (holder.type.references.length === 0) await transaction.touch(holder, stored);
    else await transaction.rewrite(holder, stored);
  }

  /** Those who write the same resource queue here, where they hold no connection meanwhile. */
  private inTurn<T>(
    { table }: TypeLayout,
    id: string,
    { signal }: WriteContext,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    return this.turns.run(`${table}/${id}`, () => {
      signal?.throwIfAborted();
      return this.database.transaction((session) =>
        work(new Transaction(this.database.dialect, this.layout, session, this.slots)),
      );
    });
  }

  /** Which of the unique values was taken, by the name of the index or of its columns. */
  private async duplicate(
    layout: TypeLayout,
    { about }: DuplicateError,
    draft: Draft,
    id: string,
  ): Promise<unknown> {
    const taken = layout.keys.find(
      ({ unique, index, column }) => unique && (about.includes(index) || about.includes(column)),
    );
    if (taken !== undefined) return notUnique(leaf(taken.path).path);
    const claimed = about.includes(layout.claimsIndex) || about.includes('claim');
    return claimed ? notUnique(await this.claimedPath(layout, draft, id)) : idTaken();
  }

  /** Not every database says which value it was; if it is free again by now, the first one. */
  private async claimedPath(layout: TypeLayout, draft: Draft, id: string): Promise<string> {
    const claims = valueRows(layout, draft).filter(({ claim }) => claim !== null);
    const wanted = list(claims.map(({ claim }) => claim));
    const { quote } = this.database.dialect;
    const [row] = await this.database.rows(sql`
      select path from ${quote(layout.values)} where claim in (${wanted}) and id <> ${id}`);
    return String(row?.path ?? claims[0]?.path);
  }
}

type Replacing = WriteContext & { readonly ifVersion: string };

/** Resources that hold another one in the same relation. */
interface Holders {
  readonly holder: TypeLayout;
  readonly relation: RelationTable;
  readonly resources: readonly Stored[];
}

/** The resource as it is after something around it changed. */
function touched(stored: Stored, { now }: WriteContext, version: string): Stored {
  return { ...stored, meta: { ...stored.meta, lastModified: now, version } };
}
