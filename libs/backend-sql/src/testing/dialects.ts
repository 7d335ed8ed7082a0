import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '../../../../test/support/databases.js';
import { providedMySql } from '../../../../test/support/mysql.js';
import { whyNot } from '../../../../test/support/scratch.js';
import { sqliteLibrary } from '../connection/sqlite-library.js';

/** A kind of database that tests start for themselves. */
export interface TestDialect {
  readonly name: 'sqlite' | 'postgres' | 'mariadb' | 'mysql';
  /** Why its tests cannot run here. */
  readonly reason: string | undefined;
  start(): Promise<TestDatabases>;
}

export type TestDatabases = Pick<DatabaseServer, 'createDatabase' | 'execute' | 'remove'>;

/** `npm run test:mysql` brings a server and names it; without that there is none to try. */
const { MYSQL_TEST_URL } = process.env;

export const DIALECTS: readonly TestDialect[] = [
  { name: 'sqlite', reason: undefined, start: sqliteDatabases },
  { name: 'postgres', reason: whyNot('initdb', 'postgres'), start: startPostgres },
  { name: 'mariadb', reason: whyNot('mariadb-install-db', 'mariadbd'), start: startMariaDb },
  ...(MYSQL_TEST_URL === undefined ? [] : [mysql(MYSQL_TEST_URL)]),
];

function mysql(url: string): TestDialect {
  return { name: 'mysql', reason: undefined, start: async () => providedMySql(url) };
}

async function sqliteDatabases(): Promise<TestDatabases> {
  const folder = mkdtempSync(join(tmpdir(), 'scim-sqlite-'));
  let count = 0;
  return {
    createDatabase: async (name = `${count++}`) => `sqlite:///${folder}/${name}.db`,
    execute: async (url, text) => {
      const database = sqliteLibrary().open(url.slice('sqlite:///'.length));
      try {
        if (!/^\s*(select|with)/i.test(text)) {
          database.exec(text);
          return [];
        }
        return database.prepare(text).all();
      } finally {
        database.close();
      }
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A table's name as statements of the dialect write it. */
export function quotedFor({ name }: TestDialect, table: string): string {
  return name === 'mariadb' || name === 'mysql' ? `\`${table}\`` : JSON.stringify(table);
}
