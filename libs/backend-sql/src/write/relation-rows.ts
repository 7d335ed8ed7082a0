import { BackendError, pieces, type RelationElement, unknownTarget } from '#backend';
import { type Relation } from '#scim';
import type { Session } from '../connection/database.js';
import { join, list, sql } from '../connection/statement.js';
import type { Dialect } from '../dialect/dialect.js';
import type { Layout, RelationTable } from '../schema/layout.js';

/** Most characters of the id that an element holds. */
const LONGEST = 255;

/** The elements of one relation of one resource, in a transaction that has locked the resource. */
export class RelationRows {
  constructor(
    private readonly dialect: Dialect,
    private readonly layout: Layout,
    private readonly session: Session,
    readonly relation: RelationTable,
    private readonly id: string,
  ) {}

  private get table() {
    return this.dialect.quote(this.relation.table);
  }

  /** Every value that is there. */
  async values(): Promise<ReadonlySet<string>> {
    const rows = await this.session.rows(
      sql`select m.value as value from ${this.table} m where m.id = ${this.id}`,
    );
    return new Set(rows.map(({ value }) => String(value)));
  }

  /** Those of the values that are there. */
  async present(values: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const piece of pieces(values)) {
      const rows = await this.session.rows(sql`
        select m.value as value from ${this.table} m
        where m.id = ${this.id} and m.value in (${list(piece)})`);
      for (const { value } of rows) found.add(String(value));
    }
    return found;
  }

  /** Behind those that are there, in this order. */
  async add(elements: readonly RelationElement[]): Promise<void> {
    if (elements.length === 0) return;
    const [last] = await this.session.rows(
      sql`select max(m.position) as position from ${this.table} m where m.id = ${this.id}`,
    );
    let position = Number(last?.position ?? 0);
    for (const piece of pieces(elements)) {
      const rows = piece.map(({ value, type }) => {
        checkLength(this.relation.relation, value);
        position += 1;
        return sql`(${this.id}, ${position}, ${value}, ${type ?? null})`;
      });
      await this.session.run(
        sql`insert into ${this.table} (id, position, value, type) values ${join(rows, ', ')}`,
      );
    }
  }

  async remove(values: readonly string[]): Promise<void> {
    for (const piece of pieces(values)) {
      await this.session.run(
        sql`delete from ${this.table} where id = ${this.id} and value in (${list(piece)})`,
      );
    }
  }

  /**
   * The elements with the types of their targets, which stay until the transaction ends.
   * @throws BackendError `unknown-target` listing those that name no resource
   */
  async checked(elements: readonly RelationElement[]): Promise<readonly RelationElement[]> {
    const found = new Map<string, string>();
    let open = elements.map(({ value }) => value);
    for (const name of this.relation.relation.types) {
      const { table } = this.layout.named(name);
      for (const piece of pieces(open)) {
        const rows = await this.session.rows(
          sql`select id from ${this.dialect.quote(table)} where id in (${list(piece)})${this.dialect.forShare}`,
        );
        for (const { id } of rows) found.set(String(id), name);
      }
      open = open.filter((value) => !found.has(value));
    }
    if (open.length > 0) throw unknownTarget(this.relation.relation, open);
    return elements.map((element) => {
      const type = found.get(element.value);
      return type === undefined ? element : { value: element.value, type };
    });
  }
}

function checkLength({ attribute }: Relation, value: string): void {
  // Halves of surrogate pairs would all become the same character.
  const isText = !value.includes('\0') && !/\p{Surrogate}/u.test(value);
  if (value.length <= LONGEST && isText) return;
  throw new BackendError(
    'unsupported',
    `${attribute.name}: an id has at most ${LONGEST} characters, no NUL, and no half of a surrogate pair.`,
    { path: attribute.name },
  );
}
