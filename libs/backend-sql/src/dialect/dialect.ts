import type { QueryRunner } from 'typeorm';
import type { Sql } from '../connection/statement.js';
import type { DatabaseKind } from '../sql.options.js';

/** What went wrong in a statement, as far as it matters. */
export type Failure =
  /** Another transaction was in the way: the whole transaction may be tried again. */
  | { readonly kind: 'retry' }
  /** `about` is what the driver says of the index: its name, or its columns. */
  | { readonly kind: 'duplicate'; readonly about: string }
  | { readonly kind: 'unavailable' }
  /** The user of the database may not do this. */
  | { readonly kind: 'forbidden' }
  /** What was to be created is there, made by someone else meanwhile. */
  | { readonly kind: 'there-already' }
  /** The database cannot hold the value. */
  | { readonly kind: 'value' }
  | { readonly kind: 'other' };

/** A column of a table of ours. */
export type ColumnKind =
  /** Text that is compared by code points: keys, ids, versions. */
  | 'key'
  | 'id'
  | 'short'
  | 'text'
  /** JSON as the reference keeps it. */
  | 'details'
  /** JSON that filters look into. */
  | 'search'
  | 'whole'
  | 'counter';

/** A JSON value that members can be read of: a column, or an element of a list. */
export type Node = Sql;

/**
 * Where databases differ. What is here has a default of standard SQL in `standard.ts`; a dialect
 * states the rest.
 */
export interface Dialect {
  readonly kind: DatabaseKind;
  /**
   * Statements hold up the service itself, which answers nobody else meanwhile: what reads many rows
   * is done in steps.
   */
  readonly holdsUp: boolean;
  quote(name: string): Sql;
  placeholder(n: number): string;
  /** Type of a column, with its collation. */
  columnType(kind: ColumnKind): string;
  /** Ends a `create table`. */
  readonly tableOptions: string;
  /** Ends a `select` that locks the rows for a change, or against being deleted. */
  readonly forUpdate: Sql;
  readonly forShare: Sql;
  /** Milliseconds since 1970 by the clock of the database. */
  readonly now: Sql;
  /** Statements that begin a transaction that writes. */
  begin(statementTimeout: number): readonly string[];
  /** The `select` with a time that the server itself ends it after, where it takes one with it. */
  limited(select: Sql, statementTimeout: number): Sql;
  /**
   * Has the server end what a connection is busy with; `aside` runs a statement on another one. Without
   * it, nobody waits for statements: they are answered at once.
   */
  cancel?(runner: QueryRunner, aside: (statement: string) => Promise<void>): Promise<void>;
  /** Statements that begin a transaction that only reads, all of it as of one moment. */
  beginSnapshot(statementTimeout: number): readonly string[];
  /** The text with an order by code points, also where the column's own order is another. */
  ordered(text: Sql): Sql;
  /** A string member; null if there is none. */
  text(node: Node, member: string): Sql;
  /** A number member. */
  number(node: Node, member: string): Sql;
  /** Whether the member is there, be it null. */
  has(node: Node, member: string): Sql;
  /** A `from` item of the elements of a list member, under the alias; in order. */
  elements(node: Node, member: string, alias: string): Sql;
  element(alias: string): Node;
  /** Begins the `select` of an `exists`. */
  readonly one: Sql;
  /** What the elements of `elements` are ordered by. */
  ordinal(alias: string): Sql;
  contains(text: Sql, part: string): Sql;
  startsWith(text: Sql, part: string): Sql;
  endsWith(text: Sql, part: string): Sql;
  /** `order by` items that put null last, and first when descending. */
  orderBy(expression: Sql, descending: boolean): Sql;
  /** Rows of `name` for the columns of a table, and for its indexes; none if it does not exist. */
  columnsOf(table: string): Sql;
  indexesOf(table: string): Sql;
  /** What has to be done to a table of the reference's before it can be used. */
  adopt(table: string, columns: readonly ExistingColumn[]): readonly string[];
  dropIndex(table: string, index: string): string;
  failureOf(error: unknown): Failure;
  /** Asks for the plan of a statement. */
  explain(statement: Sql): Sql;
}

export interface ExistingColumn {
  readonly name: string;
  /** Null where the database has none. */
  readonly collation?: string | null;
}
