import { inverseElement, pieces, type RelationElement, type Stored, withElements } from '#backend';
import type { Database, Reader, Values } from '../connection/database.js';
import { join, list, NOTHING, raw, type Sql, sql } from '../connection/statement.js';
import type { InverseTable, Layout, RelationTable, TypeLayout } from '../schema/layout.js';
import { parseDisplay, type Row, storedOf } from '../sql.mapping.js';
import type { Steps } from './steps.js';

/** Adds the named relations and computed attributes to resources; no other is looked at. */
export class Expander {
  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly steps: Steps,
  ) {}

  /**
   * The elements that come with a resource are those of its version: whoever compares-and-sets it
   * must not have read others. What changed between the reading of its row and of its elements is
   * read once more, both in one snapshot; only what is gone is left out.
   */
  async expand(
    layout: TypeLayout,
    resources: readonly Stored[],
    names: readonly string[] = [],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    const reader = this.database.awaited(signal);
    if (names.length === 0 || resources.length === 0) return resources;
    const relations = layout.relations.filter(({ name }) => names.includes(name));
    const inverses = layout.inverses().filter(({ name }) => names.includes(name));
    const result: Stored[] = [];
    for (const piece of pieces(resources)) {
      let current = await this.withRelations(reader, layout, piece, relations);
      for (const inverse of inverses) {
        const found = await this.holders(reader, current, inverse);
        current = current.map((stored) =>
          withElements(stored, inverse.name, found.get(stored.id) ?? []),
        );
      }
      result.push(...current);
    }
    return result;
  }

  private async withRelations(
    reader: Reader,
    layout: TypeLayout,
    resources: readonly Stored[],
    relations: readonly RelationTable[],
  ): Promise<readonly Stored[]> {
    if (relations.length === 0) return resources;
    const read = await this.attached(reader, layout, resources, relations);
    const changed = resources.filter(({ id }) => !read.has(id)).map(({ id }) => id);
    if (changed.length === 0) return resources.flatMap(({ id }) => read.get(id) ?? []);
    const again = await this.database.snapshot(async (session) => {
      const rows = await session.rows(
        sql`select id, details from ${this.quote(layout.table)}
          where id in (${list(changed)}) and created is not null`,
      );
      const present = rows.map((row) => storedOf(row as unknown as Row));
      return this.attached(session, layout, present, relations);
    });
    return resources.flatMap(({ id }) => read.get(id) ?? again.get(id) ?? []);
  }

  /** Those of the resources whose elements are of the version that was read, with their elements. */
  private async attached(
    reader: Reader,
    layout: TypeLayout,
    resources: readonly Stored[],
    relations: readonly RelationTable[],
  ): Promise<ReadonlyMap<string, Stored>> {
    let current = new Map(resources.map((stored) => [stored.id, stored]));
    for (const relation of relations) {
      const found = await this.elements(reader, layout, [...current.keys()], relation);
      const next = new Map<string, Stored>();
      for (const [id, stored] of current) {
        const read = found.get(id);
        if (read?.version !== stored.meta.version) continue;
        next.set(id, withElements(stored, relation.name, read.elements));
      }
      current = next;
    }
    return current;
  }

  /**
   * Elements with the version they belong to, by one statement that sees one moment, or by steps of
   * which each sees the version anew: holders that changed between two of them are left out.
   */
  private async elements(
    reader: Reader,
    layout: TypeLayout,
    ids: readonly string[],
    { relation, table }: RelationTable,
  ) {
    const found = new Map<string, { version: unknown; elements: RelationElement[] }>();
    const targets = relation.types.map((name, i) => ({
      name,
      alias: `t${i}`,
      table: this.layout.named(name).table,
    }));
    const columns = targets.map(
      ({ alias }, i) =>
        sql`, ${this.quote(alias)}.id as ${this.quote(`id${i}`)}, ${this.quote(alias)}.display as ${this.quote(`display${i}`)}`,
    );
    const joins = targets.map(
      ({ alias, table: target }) =>
        sql` left join ${this.quote(target)} ${this.quote(alias)} on ${this.quote(alias)}.id = m.value`,
    );
    const step = this.steps.elements;
    const limit = Number.isFinite(step) ? raw(` limit ${step}`) : NOTHING;
    const read = async (of: readonly string[], after?: number) => {
      const later = after === undefined ? NOTHING : sql` and m.position > ${after}`;
      const rows = await reader.rows(sql`
        select h.id as id, h.version as version, m.position as position, m.value as value,
          m.type as type${join(columns, '')}
        from ${this.quote(layout.table)} h
          left join ${this.quote(table)} m on m.id = h.id${later}${join(joins, '')}
        where h.id in (${list(of)}) order by h.id, m.position${limit}`);
      for (const row of rows) {
        const id = String(row.id);
        const known = found.get(id) ?? { version: row.version, elements: [] };
        found.set(id, known);
        if (known.version !== row.version) known.version = undefined;
        if (typeof row.value === 'string') known.elements.push(elementOf(row.value, row, targets));
      }
      return rows;
    };
    let rows = ids.length > 0 ? await read(ids) : [];
    while (rows.length === step) {
      await this.steps.pause();
      const last = rows.at(-1);
      const id = String(last?.id);
      rows = await read([id], Number(last?.position));
      if (rows.length === 0) found.delete(id); // it is gone
      if (rows.length === step) continue;
      const others = ids.filter((one) => one !== id && !found.has(one));
      rows = others.length > 0 ? await read(others) : [];
    }
    return found;
  }

  /** The resources that hold each of these, oldest first. */
  private async holders(
    reader: Reader,
    resources: readonly Stored[],
    { inverse, holder, relation, before }: InverseTable,
  ): Promise<ReadonlyMap<string, readonly RelationElement[]>> {
    const others = before.map(
      ({ table }) =>
        sql` and not exists (select 1 from ${this.quote(table)} o where o.id = m.value)`,
    );
    const ids = resources.map(({ id }) => id);
    const { ordered } = this.database.dialect;
    const rows = await reader.rows(sql`
      select m.value as value, h.id as id, h.display as display
      from ${this.quote(relation.table)} m join ${this.quote(holder.table)} h on h.id = m.id
      where m.value in (${list(ids)})${join(others, '')}
      order by h.created, ${ordered(sql`h.id`)}`);
    const found = new Map<string, RelationElement[]>();
    for (const row of rows) {
      const element = inverseElement(inverse, String(row.id), parseDisplay(row.display));
      const elements = found.get(String(row.value));
      if (elements === undefined) found.set(String(row.value), [element]);
      else elements.push(element);
    }
    return found;
  }

  private quote(name: string): Sql {
    return this.database.dialect.quote(name);
  }
}

/** The target is the first of the types that has the id; without one the element says what it knows. */
function elementOf(
  value: string,
  row: Values,
  targets: readonly { readonly name: string }[],
): RelationElement {
  const at = targets.findIndex((_, i) => typeof row[`id${i}`] === 'string');
  const target = targets[at];
  if (target === undefined) {
    return typeof row.type === 'string' ? { value, type: row.type } : { value };
  }
  const display = parseDisplay(row[`display${at}`]);
  return { value, type: target.name, ...(display === undefined ? {} : { display }) };
}
