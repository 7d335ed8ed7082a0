import { LRUCache } from 'lru-cache';
import { type Query, turn } from '#backend';
import type { Database, Values } from '../connection/database.js';
import { render, type Sql } from '../connection/statement.js';
import type { Condition } from '../filter/sql.filter.js';

/** Rows read at once by what reads all of them. */
const ROWS = 500;
/** Rows of the first step. */
const FEW_ROWS = 50;
/** Characters of JSON that are read, once for each comparison, within some milliseconds. */
const CHARACTERS = 1_000_000;
/** More comparisons are cheaper in the engine, which reads the JSON of a resource once for all of them. */
const MOST_COMPARISONS = 8;
/** Elements of one step. */
const ELEMENTS = 4_000;

/**
 * Reads of many rows in steps, between which others have a turn, by a database whose statements hold
 * up the service. Others read them by one statement, which they end when its time is over.
 */
export class Steps {
  /** Whether a statement reads all rows, by its text: plans do not depend on the values. */
  private readonly plans = new LRUCache<string, boolean>({ max: 1_000 });

  /** How many elements of relations are read at once: all of them, where nobody waits for it. */
  readonly elements: number;

  constructor(private readonly database: Database) {
    this.elements = database.dialect.holdsUp ? ELEMENTS : Number.POSITIVE_INFINITY;
  }

  /** Whether a query would look at rows that no index finds. */
  async needed(query: Query, page: Sql, counted: Sql): Promise<boolean> {
    if (!this.database.dialect.holdsUp) return false;
    // A page ends early where many match; their number tells whether an index finds them.
    if (query.filter !== undefined) return this.plan(counted, SCAN);
    return query.sort !== undefined && this.plan(page, SORT);
  }

  /** What of a condition the database is asked while it reads all rows. */
  narrowing(condition: Condition | undefined): Condition | undefined {
    const isLong = condition !== undefined && condition.query.params.length > MOST_COMPARISONS;
    return this.database.dialect.holdsUp && isLong ? undefined : condition;
  }

  /** How many rows the first step reads. */
  get first(): number {
    return this.database.dialect.holdsUp ? FEW_ROWS : ROWS;
  }

  /** How many the next one does, by how long the rows of the last one were. */
  next(rows: readonly Values[], condition: Condition | undefined): number {
    if (!this.database.dialect.holdsUp) return ROWS;
    const characters = rows.reduce((sum, { size }) => sum + Number(size), 0);
    const read = characters * (1 + (condition?.query.params.length ?? 0));
    const fitting = Math.floor((rows.length * CHARACTERS) / Math.max(1, read));
    return Math.max(1, Math.min(fitting, 2 * rows.length, ROWS));
  }

  /** Between two steps. */
  async pause(): Promise<void> {
    if (this.database.dialect.holdsUp) await turn();
  }

  private async plan(statement: Sql, sign: RegExp): Promise<boolean> {
    const { dialect } = this.database;
    const text = render(statement, dialect.placeholder);
    const known = this.plans.get(text);
    if (known !== undefined) return known;
    const rows = await this.database.rows(dialect.explain(statement));
    const found = rows.some(({ detail }) => sign.test(String(detail)));
    this.plans.set(text, found);
    return found;
  }
}

/** SQLite's words for reading a whole table, or index, of resources; `t` is what it is called here. */
const SCAN = /^SCAN t\b/;
/** Its words for sorting what no index has in order. */
const SORT = /^USE TEMP B-TREE FOR ORDER BY/;
