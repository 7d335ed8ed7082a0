import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Query } from '#backend';
import type { Database } from '../connection/database.js';
import { render, type Sql } from '../connection/statement.js';
import type { Condition } from '../filter/sql.filter.js';

/** Rows read at once by what reads all of them. */
const ROWS = 500;
/** Comparisons of one step: some milliseconds of a database that works in the process of the service. */
const COMPARISONS = 5_000;
const FEWEST_ROWS = 20;
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

  /** How many rows are read at once under a condition. */
  rowsOf(condition: Condition | undefined): number {
    if (!this.database.dialect.holdsUp || condition === undefined) return ROWS;
    const comparisons = Math.max(1, condition.query.params.length);
    return Math.min(ROWS, Math.max(FEWEST_ROWS, Math.floor(COMPARISONS / comparisons)));
  }

  /** Between two steps. */
  async pause(): Promise<void> {
    if (this.database.dialect.holdsUp) await setImmediate();
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
