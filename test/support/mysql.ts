import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import type { DatabaseServer } from './database-server.js';

/**
 * The MySQL that somebody provides, as scripts/test-mysql.mjs does: its user has to be allowed to
 * create and drop databases. The server itself is neither started nor stopped here.
 * @param url names it, `mysql://user:password@host:port/mysql`
 */
export function providedMySql(
  url: string,
): Pick<DatabaseServer, 'createDatabase' | 'execute' | 'remove'> {
  const run = `scim_test_${randomUUID().slice(0, 8)}`;
  const names: string[] = [];
  return {
    execute,
    createDatabase: async (name = `${names.length}`) => {
      const own = `${run}_${name}`;
      names.push(own);
      await execute(url, `create database \`${own}\``);
      const database = new URL(url);
      database.pathname = `/${own}`;
      return database.href;
    },
    remove: async () => {
      for (const name of names) await execute(url, `drop database if exists \`${name}\``);
    },
  };
}

/** Runs statements on MySQL or MariaDB. @returns the rows of the last one */
export async function execute(
  url: string,
  text: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const connection = await mysql.createConnection({
    uri: url.replace(/^[\w+]+:/, 'mysql:'),
    multipleStatements: true,
  });
  try {
    const [rows] = await connection.query(text);
    const last: unknown = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows;
    return Array.isArray(last) ? last : [];
  } finally {
    await connection.end();
  }
}
