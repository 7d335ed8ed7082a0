import mysql from 'mysql2/promise';
import { serverConformance, type TestServer } from './testing/conformance.js';

/** A MySQL 8 that somebody provides: its user has to be allowed to create and drop databases. */
const { MYSQL_TEST_URL } = process.env;
const reason = MYSQL_TEST_URL === undefined ? 'MYSQL_TEST_URL names no server' : undefined;

async function start(): Promise<TestServer> {
  const base = new URL(MYSQL_TEST_URL ?? '');
  const run = `scim_test_${process.pid}`;
  const names: string[] = [];
  const execute = async (text: string) => {
    const connection = await mysql.createConnection({ uri: base.href });
    try {
      await connection.query(text);
    } finally {
      await connection.end();
    }
  };
  return {
    createDatabase: async () => {
      const name = `${run}_${names.length}`;
      names.push(name);
      await execute(`create database \`${name}\``);
      const url = new URL(base);
      url.pathname = `/${name}`;
      return url.href;
    },
    remove: async () => {
      for (const name of names) await execute(`drop database if exists \`${name}\``);
    },
  };
}

serverConformance('MySQL', reason, start, false);
