import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import {
  ADMIN,
  BASE,
  PASSWORD,
  Slapd,
  type SlapdOptions,
} from '../libs/backend-ldap/src/testing/slapd.js';
import { startMongo } from '../test/support/mongo.js';
import {
  accountOf,
  findProgram,
  removeFolder,
  ServerProcess as ScratchServer,
  scratchFolder,
} from '../test/support/scratch.js';
import { familyMicroseconds } from './server-process.js';

/** Where the service keeps its resources during a run, empty at the start. */
export interface Store {
  readonly env: Readonly<Record<string, string>>;
  /** CPU time of the store's own processes; undefined where it lives in the service's process. */
  readonly cpuMicroseconds: (() => number) | undefined;
  /** What an installation has done by itself some time after so many writes. */
  settle(): Promise<void>;
  remove(): Promise<void>;
}

/** @param port that a store with a server of its own listens on */
export function startStore(name: string, port: number): Promise<Store> {
  switch (name) {
    case 'files':
      return inFolder((folder) => ({ DATA_PATH: folder }));
    case 'sqlite':
      return inFolder((folder) => ({ DATABASE_URL: `sqlite:///${join(folder, 'scim.db')}` }));
    case 'postgres':
      return postgres(port);
    case 'ldap':
      return ldap({}, {});
    case 'ldap-overlays':
      return ldap(
        { overlays: ['sssvlv', 'memberof'], memberOfClass: 'device' },
        { LDAP_MEMBEROF: 'true' },
      );
    case 'mongo':
      return mongo();
    default:
      throw new Error(
        `--store is files, sqlite, postgres, mongo, ldap or ldap-overlays, not ${name}`,
      );
  }
}

async function inFolder(env: (folder: string) => Record<string, string>): Promise<Store> {
  const folder = scratchFolder('scim-bench-');
  return {
    env: env(folder),
    cpuMicroseconds: undefined,
    settle: async () => undefined,
    remove: async () => removeFolder(folder),
  };
}

/** Durable as PostgreSQL is by default (fsync, synchronous_commit), since flat files are as well. */
async function postgres(port: number): Promise<Store> {
  const account = accountOf('postgres');
  const folder = scratchFolder('scim-bench-pg-', account);
  const data = join(folder, 'data');
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(program('initdb'), init, { ...account, stdio: 'ignore' });
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    shared_buffers: '512MB',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const server = new ScratchServer(program('postgres'), ['-D', data, ...args], account, () =>
    execute(url, 'select 1'),
  );
  await server.start();
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  return {
    env: { DATABASE_URL: url },
    cpuMicroseconds: () => familyMicroseconds(pid),
    settle: () => execute(url, 'vacuum analyze'),
    remove: async () => {
      await server.stop('SIGINT');
      removeFolder(folder);
    },
  };
}

/** Durable as OpenLDAP is by default, with the indexes that README asks for. */
async function ldap(options: SlapdOptions, env: Store['env']): Promise<Store> {
  const slapd = await Slapd.start({ ...options, durable: true, silent: true });
  return {
    env: {
      ...env,
      LDAP_HOSTNAME: slapd.url,
      LDAP_BASENAME: BASE,
      LDAP_USERNAME: ADMIN,
      LDAP_PASSWORD: PASSWORD,
    },
    cpuMicroseconds: () => familyMicroseconds(slapd.pid),
    settle: async () => undefined,
    remove: () => slapd.remove(),
  };
}

/** What `MONGO_TEST_URL` names, else a server of the benchmark's own that syncs; it says which. */
async function mongo(): Promise<Store> {
  const server = await startMongo('replica set');
  const { pid } = server;
  return {
    env: { MONGO_DB: server.url, MONGO_DATABASE: server.createDatabase() },
    cpuMicroseconds: pid === undefined ? undefined : () => familyMicroseconds(pid),
    settle: async () => undefined,
    remove: () => server.remove(),
  };
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function program(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`${name} is not on this machine`);
  return found;
}
