import type { RelationElement, Stored } from '#backend';
import type { MutableJsonObject } from '#scim';
import type { Database, Values } from '../connection/database.js';
import { join, list, type Sql, sql } from '../connection/statement.js';
import type { InverseTable, Layout, RelationTable, TypeLayout } from '../schema/layout.js';
import { parseDisplay, type Row, storedOf } from '../sql.mapping.js';
import { pieces } from './sql.query.js';

/** Readings of a resource that somebody keeps changing. */
const MOST_TRIES = 20;

/** Adds the named relations and computed attributes to resources; no other is looked at. */
export class Expander {
  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
  ) {}

  /**
   * The elements that come with a resource are those of its version: whoever compares-and-sets it
   * must not have read others. A resource that changed in between is read anew; one that is gone is
   * left out.
   */
  async expand(
    layout: TypeLayout,
    resources: readonly Stored[],
    names: readonly string[] = [],
  ): Promise<readonly Stored[]> {
    if (names.length === 0 || resources.length === 0) return resources;
    const relations = layout.relations.filter(({ name }) => names.includes(name));
    const inverses = layout.inverses().filter(({ name }) => names.includes(name));
    const result: Stored[] = [];
    for (const piece of pieces(resources)) {
      let current = piece;
      for (const relation of relations) {
        current = await this.withRelation(layout, current, relation);
      }
      for (const inverse of inverses) {
        const found = await this.holders(current, inverse);
        current = current.map((stored) => withElements(stored, inverse.name, found.get(stored.id)));
      }
      result.push(...current);
    }
    return result;
  }

  private async withRelation(
    layout: TypeLayout,
    resources: readonly Stored[],
    relation: RelationTable,
  ): Promise<readonly Stored[]> {
    const done = new Map<string, Stored>();
    let open = resources;
    for (let tries = 0; open.length > 0 && tries < MOST_TRIES; tries++) {
      if (tries > 0) open = await this.again(layout, open);
      const found = await this.elements(layout, open, relation);
      const changed: Stored[] = [];
      for (const stored of open) {
        const read = found.get(stored.id);
        if (read === undefined || read.version !== stored.meta.version) changed.push(stored);
        else done.set(stored.id, withElements(stored, relation.name, read.elements));
      }
      open = changed;
    }
    return resources.flatMap(({ id }) => done.get(id) ?? []);
  }

  private async again(
    { table }: TypeLayout,
    resources: readonly Stored[],
  ): Promise<readonly Stored[]> {
    const ids = resources.map(({ id }) => id);
    const rows = await this.database.rows(
      sql`select id, details from ${this.quote(table)} where id in (${list(ids)})`,
    );
    return rows.map((row) => storedOf(row as unknown as Row));
  }

  /** Elements with the version they belong to, by one statement that sees one moment. */
  private async elements(
    layout: TypeLayout,
    resources: readonly Stored[],
    { relation, table }: RelationTable,
  ) {
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
    const ids = resources.map(({ id }) => id);
    const rows = await this.database.rows(sql`
      select h.id as id, h.version as version, m.value as value, m.type as type${join(columns, '')}
      from ${this.quote(layout.table)} h left join ${this.quote(table)} m on m.id = h.id${join(joins, '')}
      where h.id in (${list(ids)}) order by h.id, m.position`);
    const found = new Map<string, { version: unknown; elements: RelationElement[] }>();
    for (const row of rows) {
      const id = String(row.id);
      const read = found.get(id) ?? { version: row.version, elements: [] };
      found.set(id, read);
      if (typeof row.value === 'string') read.elements.push(elementOf(row.value, row, targets));
    }
    return found;
  }

  /** The resources that hold each of these, oldest first. */
  private async holders(
    resources: readonly Stored[],
    { inverse, holder, relation, before }: InverseTable,
  ): Promise<ReadonlyMap<string, readonly RelationElement[]>> {
    const others = before.map(
      ({ table }) =>
        sql` and not exists (select 1 from ${this.quote(table)} o where o.id = m.value)`,
    );
    const ids = resources.map(({ id }) => id);
    const { ordered } = this.database.dialect;
    const rows = await this.database.rows(sql`
      select m.value as value, h.id as id, h.display as display
      from ${this.quote(relation.table)} m join ${this.quote(holder.table)} h on h.id = m.id
      where m.value in (${list(ids)})${join(others, '')}
      order by h.created, ${ordered(sql`h.id`)}`);
    // RFC 7643 §4.1.2: `direct`, where the schema knows that word; nested groups are not followed.
    const direct = inverse.attribute.subByName.get('type')?.canonicalValues.includes('direct');
    const found = new Map<string, RelationElement[]>();
    for (const row of rows) {
      const display = parseDisplay(row.display);
      const element = {
        value: String(row.id),
        ...(direct ? { type: 'direct' } : {}),
        ...(display === undefined ? {} : { display }),
      };
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

function withElements(
  stored: Stored,
  name: string,
  elements: readonly RelationElement[] | undefined,
): Stored {
  if (elements === undefined || elements.length === 0) return stored;
  const copy: MutableJsonObject = { ...stored };
  copy[name] = elements;
  return copy as Stored;
}
