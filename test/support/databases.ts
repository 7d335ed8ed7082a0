import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseServer } from './database-server.js';
import { execute as executeMySql } from './mysql.js';
import {
  accountOf,
  findProgram,
  freePort,
  removeFolder,
  ServerProcess,
  scratchFolder,
} from './scratch.js';

export type { DatabaseServer };

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
  const urlOf = (name: string) => `mysql://root@127.0.0.1:${port}/${name}`;
  const server = new ServerProcess(program('mariadbd'), [...args, ...user], {}, () =>
    executeMySql(urlOf('mysql'), 'select 1'),
  );
  await server.start();
  return {
    port,
    execute: executeMySql,
    createDatabase: async (name = fresh()) => {
      // What an installation commonly has: an old character set, and ids that ignore case.
      await executeMySql(urlOf('mysql'), `create database \`${name}\``);
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
