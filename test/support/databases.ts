import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import {
  accountOf,
  findProgram,
  freePort,
  removeFolder,
  ServerProcess,
  scratchFolder,
} from './scratch.js';

/** A database server of a test's own. */
export interface DatabaseServer {
  readonly port: number;
  /** Makes an empty database. @returns its `DATABASE_URL` */
  createDatabase(name?: string): Promise<string>;
  /** Runs statements as the superuser. @returns the rows of the last one */
  execute(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** SIGKILL: the server has no time for anything. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

let databases = 0;

function fresh(): string {
  databases += 1;
  return `test_${databases}`;
}

export async function startPostgres(): Promise<DatabaseServer> {
  const account = accountOf('postgres');
  const folder = scratchFolder('scim-pg-', account);
  const data = join(folder, 'data');
  const port = await freePort();
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'];
  execFileSync(program('initdb'), [...init, '--locale=C.UTF-8'], { ...account, stdio: 'ignore' });
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder };
  const all = { ...settings, fsync: 'off', max_connections: 200, shared_buffers: '64MB' };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const execute = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const result = await client.query(text);
      return Array.isArray(result) ? result.at(-1).rows : result.rows;
    } finally {
      await client.end();
    }
  };
  const urlOf = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}`;
  const server = new ServerProcess(program('postgres'), ['-D', data, ...args], account, () =>
    execute(urlOf('postgres'), 'select 1'),
  );
  await server.start();
  return {
    port,
    execute,
    createDatabase: async (name = fresh()) => {
      await execute(urlOf('postgres'), `create database "${name}"`);
      return urlOf(name);
    },
    ...lifeOf(server, folder, 'SIGINT'),
  };
}

export async function startMariaDb(): Promise<DatabaseServer> {
  const account = accountOf('mysql');
  const folder = scratchFolder('scim-maria-', account);
  const data = join(folder, 'data');
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['--user=mysql'] : [];
  const init = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'];
  execFileSync(program('mariadb-install-db'), [...init, ...user, '--skip-test-db'], {
    stdio: 'ignore',
  });
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${join(folder, 's.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-buffer-pool-size=64M',
  ];
  const execute = async (url: string, text: string) => {
    const connection = await mysql.createConnection({
      uri: url.replace(/^\w+:/, 'mysql:'),
      multipleStatements: true,
    });
    try {
      const [rows] = await connection.query(text);
      const last: unknown = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows;
      return Array.isArray(last) ? last : [];
    } finally {
      await connection.end();
    }
  };
  const urlOf = (name: string) => `mysql://root@127.0.0.1:${port}/${name}`;
  const server = new ServerProcess(program('mariadbd'), [...args, ...user], {}, () =>
    execute(urlOf('mysql'), 'select 1'),
  );
  await server.start();
  return {
    port,
    execute,
    createDatabase: async (name = fresh()) => {
      // What an installation commonly has: an old character set, and ids that ignore case.
      await execute(urlOf('mysql'), `create database \`${name}\``);
      return urlOf(name).replace('mysql:', 'mysql+pymysql:');
    },
    ...lifeOf(server, folder, 'SIGTERM'),
  };
}

/** PgBouncer in transaction mode in front of a PostgreSQL server. */
export async function startPgBouncer(
  postgres: DatabaseServer,
): Promise<{ urlOf(database: string): string; remove(): Promise<void> }> {
  const account = accountOf('postgres');
  const folder = scratchFolder('scim-bouncer-', account);
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(users, '"postgres" ""\n');
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
`,
  );
  const urlOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  const server = new ServerProcess(program('pgbouncer'), [config], account, () =>
    postgres.execute(urlOf('postgres'), 'select 1'),
  );
  await server.start();
  const { remove } = lifeOf(server, folder, 'SIGTERM');
  return { urlOf, remove };
}

function lifeOf(server: ServerProcess, folder: string, gently: NodeJS.Signals) {
  return {
    kill: () => server.stop('SIGKILL'),
    stop: () => server.stop(gently),
    start: () => server.start(),
    remove: async () => {
      await server.stop(gently);
      removeFolder(folder);
    },
  };
}

function program(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`${name} is not on this machine`);
  return found;
}
