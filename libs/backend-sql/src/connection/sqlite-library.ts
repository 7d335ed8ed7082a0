import { createRequire } from 'node:module';

/** What is used of the API of `node:sqlite`, which @photostructure/sqlite has as well. */
export interface SqliteDatabase {
  prepare(text: string): SqliteStatement;
  exec(text: string): void;
  close(): void;
}

export interface SqliteStatement {
  /** None of a statement that answers with no rows. */
  columns(): readonly unknown[];
  all(...parameters: readonly unknown[]): readonly Readonly<Record<string, unknown>>[];
  run(...parameters: readonly unknown[]): { changes: number | bigint };
}

/** A library with SQLite inside. */
export interface SqliteLibrary {
  /** Absolute, or a module of Node's own. */
  readonly module: string;
  readonly open: (file: string, readonly?: boolean) => SqliteDatabase;
}

/** Node's own first: it needs nothing that is not there. */
const MODULES = ['node:sqlite', '@photostructure/sqlite'] as const;

const load = createRequire(import.meta.url);

/**
 * The library that is used: the first one that is there and counts right.
 * @throws Error that says what to do when there is none
 */
export function sqliteLibrary(): SqliteLibrary {
  const reasons: string[] = [];
  for (const name of MODULES) {
    const found = find(name);
    if (typeof found === 'string') {
      reasons.push(found);
      continue;
    }
    const fault = faultOf(found);
    if (fault === undefined) return found;
    reasons.push(`${name}: ${fault}`);
  }
  throw new Error(
    `There is no SQLite to be used: ${reasons.join('; ')}. Run Node 24.11 or newer, or install the optional package @photostructure/sqlite (npm ci without --omit=optional).`,
  );
}

function find(name: string): SqliteLibrary | string {
  try {
    const module = load.resolve(name);
    const { DatabaseSync } = load(module) as {
      DatabaseSync: new (file: string, options: { readOnly: boolean }) => SqliteDatabase;
    };
    const open = (file: string, readOnly = false) => new DatabaseSync(file, { readOnly });
    return { module, open };
  } catch (error) {
    return `${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not there'}`;
  }
}

/**
 * What is wrong with the SQLite of a library, shown by a query rather than told by its number: some
 * versions pass over `offset` where a row is found by `exists`.
 */
export function faultOf(library: Pick<SqliteLibrary, 'open'>): string | undefined {
  const database = library.open(':memory:');
  try {
    database.exec(`
      create table t (id integer primary key, created integer);
      create index t_created on t (created, id);
      create table m (id integer, value integer, primary key (id, value));
      insert into t values (1, 1), (2, 2), (3, 3);
      insert into m values (1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2);
    `);
    const beyond = database
      .prepare(`select t.id from t where exists (select 1 from m where m.id = t.id and m.value <> 0)
        order by t.created, t.id limit 10 offset 3`)
      .all();
    return beyond.length === 0
      ? undefined
      : 'this version of SQLite ignores OFFSET beside EXISTS and would answer with wrong pages';
  } finally {
    database.close();
  }
}
