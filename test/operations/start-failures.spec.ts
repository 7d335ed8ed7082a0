import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSlapd } from '../../libs/backend-ldap/src/testing/slapd.js';
import { type DatabaseServer, startMariaDb, startPostgres } from '../support/databases.js';
import { startProcess } from '../support/process.js';
import { freePort, whyNot } from '../support/scratch.js';
import { type Service, startService } from '../support/service.js';
import { directory } from '../support/stores/ldap.js';
import type { TestStore } from '../support/stores/test-store.js';

type Environment = Readonly<Record<string, string>>;

/** Nobody's: what belongs to others is not for it. */
const NOBODY = 65_534;

let folder: string;
/** Takes connections and says nothing. */
let silent: Server;
let silentPort: number;
let closedPort: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'failures-'));
  chmodSync(folder, 0o755);
  closedPort = await freePort();
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  silentPort = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the process says that must not start. */
async function refusal(env: Environment, uid?: number): Promise<string> {
  const all = {
    HOST: '127.0.0.1',
    PORT: '0',
    API_KEY: 'a-key-of-the-test',
    DATA_PATH: join(folder, 'data'),
    START_TIMEOUT: '0',
    ...env,
  };
  const service = startProcess(all, uid === undefined ? {} : { uid });
  const started = service.listening().then(
    () => 'started',
    () => 'ended',
  );
  const outcome = await Promise.race([started, service.ended().then(() => 'ended')]);
  if (outcome === 'started') service.child.kill('SIGKILL');
  expect(outcome).toBe('ended');
  const { stderr } = service.output();
  expect(stderr, 'a stack is no help').not.toMatch(/\n\s+at .+:\d+/);
  expect(stderr).not.toContain('hidden');
  return stderr;
}

interface Failure {
  readonly what: string;
  readonly env: () => Environment;
  /** The address, the system's or server's own words, and what to change. */
  readonly says: () => readonly (string | RegExp)[];
  readonly uid?: number;
}

function each(failures: readonly Failure[]) {
  it.each(failures)('R-470 $what', { timeout: 60_000 }, async ({ env, says, uid }) => {
    const said = await refusal(env(), uid);
    for (const part of says()) {
      if (typeof part === 'string') expect(said).toContain(part);
      else expect(said).toMatch(part);
    }
  });
}

describe('a start that fails by where it listens says why', () => {
  each([
    {
      what: 'a port that another process has',
      env: () => ({ PORT: String(silentPort) }),
      says: () => [`127.0.0.1:${silentPort}: listen EADDRINUSE`, 'set PORT'],
    },
    {
      what: 'an address of another machine',
      env: () => ({ HOST: '192.0.2.1', PORT: '8080' }),
      says: () => ['192.0.2.1:8080: listen EADDRNOTAVAIL', 'correct HOST'],
    },
    {
      what: 'a host that nobody knows',
      env: () => ({ HOST: 'nowhere.invalid' }),
      says: () => [/nowhere\.invalid:0: getaddrinfo E\w+ nowhere\.invalid/, 'correct HOST'],
    },
  ]);
});

describe('a start that fails by a folder or file says why', () => {
  const path = (name: string) => join(folder, name);
  beforeAll(() => {
    writeFileSync(path('file'), '');
    mkdirSync(path('foreign'));
    mkdirSync(path('locked'), { mode: 0o700 });
    for (const name of ['hanging', 'hanging/.scim']) mkdirSync(path(name), { mode: 0o700 });
    execFileSync('mkfifo', [path('hanging/.scim/lock')]);
    writeFileSync(
      path('text.db'),
      'this is no database, but long enough to be looked at '.repeat(9),
    );
  });
  const notRoot = process.getuid?.() === 0 ? { uid: NOBODY } : {};

  each([
    {
      what: 'a file where a folder should be',
      env: () => ({ DATA_PATH: path('file') }),
      says: () => [path('file'), 'EEXIST: file already exists', 'Set DATA_PATH'],
    },
    {
      what: 'a folder that hangs',
      env: () => ({ DATA_PATH: path('hanging') }),
      says: () => [path('hanging/.scim'), 'does not answer for'],
    },
    {
      what: 'a file that is no database',
      env: () => ({ DATABASE_URL: `sqlite:///${path('text.db')}` }),
      says: () => [path('text.db'), 'file is not a database', 'correct the path in DATABASE_URL'],
    },
    {
      what: 'an audit in a file where a folder should be',
      env: () => ({ AUDIT_PATH: path('file/audit') }),
      says: () => ['AUDIT_PATH', path('file/audit'), /E(EXIST|NOTDIR)/, 'may append to'],
    },
    ...(process.getuid?.() === 0
      ? [
          {
            what: 'a folder that may not be written',
            env: () => ({ DATA_PATH: path('foreign') }),
            says: () => [path('foreign'), 'EACCES: permission denied', 'Set DATA_PATH'],
            ...notRoot,
          },
          {
            what: 'a folder that may not be read',
            env: () => ({ DATA_PATH: path('locked/data') }),
            says: () => [path('locked/data'), 'EACCES: permission denied', 'Set DATA_PATH'],
            ...notRoot,
          },
          {
            what: 'a database file in a folder that may not be written',
            env: () => ({
              DATABASE_URL: `sqlite:///${path('foreign/a.db')}`,
              DATA_PATH: path('foreign'),
            }),
            says: () => [path('foreign/a.db'), 'unable to open database file', 'its folder'],
            ...notRoot,
          },
        ]
      : []),
  ]);
});

describe.skipIf(whyNot('initdb', 'postgres'))('a start that fails by PostgreSQL says why', () => {
  let server: DatabaseServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase('there');
    // Only this role needs its password.
    await server.execute(
      url,
      `create role guarded login password 'right';
       do $$ begin execute format('copy (values (%L), (%L)) to %L',
         'host all guarded 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust',
         current_setting('hba_file')); end $$;
       select pg_reload_conf()`,
    );
  }, 60_000);
  afterAll(async () => server?.remove());
  const url = (user: string, database: string) =>
    `postgresql://${user}@127.0.0.1:${server?.port}/${database}`;

  each([
    {
      what: 'a wrong password',
      env: () => ({ DATABASE_URL: url('guarded:hidden', 'there') }),
      says: () => [
        url('guarded', 'there').slice(10),
        'password authentication failed for user "guarded"',
        'the password in DATABASE_URL',
      ],
    },
    {
      what: 'a user who does not exist',
      env: () => ({ DATABASE_URL: url('nobody', 'there') }),
      says: () => ['role "nobody" does not exist', 'Correct the user in DATABASE_URL'],
    },
    {
      what: 'a database that does not exist',
      env: () => ({ DATABASE_URL: url('postgres', 'missing') }),
      says: () => ['database "missing" does not exist', 'Create the database'],
    },
    {
      what: 'encryption that the server does not speak',
      env: () => ({ DATABASE_URL: `${url('postgres', 'there')}?sslmode=require` }),
      says: () => ['does not support SSL connections', 'Set up TLS at the server'],
    },
    {
      what: 'a server that is not there',
      env: () => ({ DATABASE_URL: `postgresql://u:hidden@127.0.0.1:${closedPort}/db` }),
      says: () => [`u@127.0.0.1:${closedPort}/db`, 'ECONNREFUSED', 'Start the server'],
    },
    {
      what: 'a server that hangs',
      env: () => ({ DATABASE_URL: `postgresql://u:hidden@127.0.0.1:${silentPort}/db` }),
      says: () => [`127.0.0.1:${silentPort}`, 'timeout', 'Correct host and port'],
    },
  ]);
});

const { skip: noMaria } = { skip: whyNot('mariadb-install-db', 'mariadbd') };
describe.skipIf(noMaria)('a start that fails by MariaDB says why', () => {
  let server: DatabaseServer | undefined;
  beforeAll(async () => {
    server = await startMariaDb();
    await server.execute(
      await server.createDatabase('there'),
      `create user guarded@'%' identified by 'right'; create user guarded@localhost identified by 'right'`,
    );
  }, 60_000);
  afterAll(async () => server?.remove());
  const url = (user: string, database: string) =>
    `mysql://${user}@127.0.0.1:${server?.port}/${database}`;

  each([
    {
      what: 'a wrong password',
      env: () => ({ DATABASE_URL: url('guarded:hidden', 'there') }),
      says: () => ["Access denied for user 'guarded'", 'the password in DATABASE_URL'],
    },
    {
      what: 'a database that does not exist',
      env: () => ({ DATABASE_URL: url('root', 'missing') }),
      says: () => ["Unknown database 'missing'", 'Create the database'],
    },
    {
      what: 'a server that is not there',
      env: () => ({ DATABASE_URL: `mariadb://u:hidden@127.0.0.1:${closedPort}/db` }),
      says: () => [`u@127.0.0.1:${closedPort}/db`, 'ECONNREFUSED', 'Start the server'],
    },
  ]);
});

describe.skipIf(noSlapd())('a start that fails by a directory says why', () => {
  let store: TestStore | undefined;
  beforeAll(async () => {
    store = await directory('reference', false);
  }, 60_000);
  afterAll(async () => store?.remove());
  const env = (over: Environment) => ({ ...store?.env, ...over });

  each([
    {
      what: 'a wrong password',
      env: () => env({ LDAP_PASSWORD: 'hidden' }),
      says: () => [/127\.0\.0\.1:\d+/, 'code 49', 'LDAP_USERNAME and LDAP_PASSWORD'],
    },
    {
      what: 'StartTLS that is refused',
      env: () => env({ LDAP_STARTTLS: 'true' }),
      says: () => ['unsupported extended operation', 'unset LDAP_STARTTLS'],
    },
    {
      what: 'a server that is not there',
      env: () => ({ LDAP_HOSTNAME: `127.0.0.1:${closedPort}` }),
      says: () => [`ECONNREFUSED 127.0.0.1:${closedPort}`, 'look at LDAP_HOSTNAME'],
    },
  ]);
});

describe('a start that fails by MongoDB or an HTTP service says why', () => {
  let upstream: Service | undefined;
  beforeAll(async () => {
    upstream = await startService({ API_KEY: 'upstream-key', DISCOVERY_PUBLIC: 'false' });
  });
  afterAll(async () => upstream?.close());

  each([
    {
      what: 'a MongoDB that is not there',
      env: () => ({ MONGO_DB: `mongodb://u:hidden@127.0.0.1:${closedPort}/` }),
      says: () => [`127.0.0.1:${closedPort}`, 'ECONNREFUSED', 'in MONGO_DB'],
    },
    {
      what: 'a MongoDB that hangs',
      env: () => ({ MONGO_DB: `mongodb://u:hidden@127.0.0.1:${silentPort}/` }),
      says: () => [`127.0.0.1:${silentPort}`, 'timed out', 'in MONGO_DB'],
    },
    {
      what: 'an upstream server that is not there',
      env: () => ({
        FORWARD_SCIM_URL: `http://127.0.0.1:${closedPort}`,
        FORWARD_SCIM_KEY: 'hidden',
      }),
      says: () => [`http://127.0.0.1:${closedPort}`, 'ECONNREFUSED', 'Look at FORWARD_SCIM_URL'],
    },
    {
      what: 'an upstream server that knows another key',
      env: () => ({ FORWARD_SCIM_URL: upstream?.url ?? '', FORWARD_SCIM_KEY: 'hidden' }),
      says: () => [upstream?.url ?? '', 'does not let FORWARD_SCIM_KEY'],
    },
    {
      what: 'a JumpCloud that is not there',
      env: () => ({ JUMPCLOUD_URL: `http://127.0.0.1:${closedPort}`, JUMPCLOUD_KEY: 'hidden' }),
      says: () => [`http://127.0.0.1:${closedPort}`, 'ECONNREFUSED', 'Look at JUMPCLOUD_URL'],
    },
  ]);
});

describe('variables', () => {
  it('R-472 that are wrong are all named at once, whoever finds out', {
    timeout: 60_000,
  }, async () => {
    const key = join(folder, 'key');
    writeFileSync(key, 'hidden key');
    const names = (said: string) =>
      said.split('\n').flatMap((line) => /^ {2}([A-Z_]+)/.exec(line)?.[1] ?? []);
    const common = {
      PORT: 'x',
      HOST: 'a b',
      AMQP: 'amqp://u:hidden@h?hartbeat=1',
      SENSITIVE_ATTRIBUTES: 'pasword',
      USER_MAPPING: '{"userName":"nope.nope"}',
    };
    const always = ['AMQP', 'HOST', 'PORT', 'SENSITIVE_ATTRIBUTES', 'USER_MAPPING'];
    const sql = await refusal({
      ...common,
      DATABASE_URL: 'postgresql://u:hidden@h/d?sslmod=require',
    });
    expect(names(sql).sort()).toEqual([...always, 'DATABASE_URL'].sort());
    expect(sql).toContain('option hartbeat is unknown');
    expect(sql).toContain('"sslmod"');
    const mongo = await refusal({ ...common, MONGO_DB: 'mongodb://u:hidden@h/?tsl=true' });
    expect(names(mongo).sort()).toEqual([...always, 'MONGO_DB'].sort());
    const tables = {
      LDAP_USER_ATTRIBUTES: '{"titel":"title"}',
      LDAP_GROUP_ATTRIBUTES: '{"x":"y"}',
    };
    const ldap = await refusal({ ...common, LDAP_HOSTNAME: 'h', ...tables });
    expect(names(ldap).sort()).toEqual([...always, ...Object.keys(tables)].sort());
    const { API_KEY: _, ...file } = { API_KEY: '', API_KEY_FILE: key };
    const keyless = startProcess({ PORT: '0', DATA_PATH: folder, ...file });
    expect(await keyless.ended()).toBe(1);
    expect(names(keyless.output().stderr)).toEqual(['API_KEY_FILE']);
  });
});

describe('waiting for the store', () => {
  it('R-473 the start goes on when it comes in time, and the log says that it waited', {
    timeout: 90_000,
  }, async () => {
    const port = await freePort();
    const upstream = await startService({ API_KEY: 'upstream-key' });
    const service = startProcess({
      HOST: '127.0.0.1',
      PORT: '0',
      API_KEY: 'a-key-of-the-test',
      DATA_PATH: join(folder, 'waiting'),
      FORWARD_SCIM_URL: `http://127.0.0.1:${port}`,
      FORWARD_SCIM_KEY: 'upstream-key',
    });
    await expect
      .poll(() => service.output().stdout, { timeout: 60_000 })
      .toContain('the data store cannot be used yet; it is waited for');
    const { port: target } = new URL(upstream.url);
    const line = await connectionTo(port, Number(target));
    await service.listening();
    expect(service.output().stdout).toContain('the data store answers');
    service.child.kill('SIGTERM');
    expect(await service.ended()).toBe(0);
    line.close();
    await upstream.close();
  });

  it('R-473 a signal ends it', { timeout: 60_000 }, async () => {
    const service = startProcess({
      PORT: '0',
      DATA_PATH: join(folder, 'waiting'),
      DATABASE_URL: `postgresql://127.0.0.1:${closedPort}/db`,
    });
    await expect.poll(() => service.output().stdout, { timeout: 60_000 }).toContain('waited for');
    service.child.kill('SIGTERM');
    expect(await service.ended()).toBe(0);
  });
});

/** What comes to one port goes to the other. */
async function connectionTo(from: number, to: number): Promise<Server> {
  const { connect } = await import('node:net');
  const server = createServer((socket) => {
    const other = connect(to, '127.0.0.1');
    for (const [one, end] of [
      [socket, other],
      [other, socket],
    ] as const) {
      one.on('error', () => end.destroy());
      one.pipe(end);
    }
  });
  await new Promise<void>((resolve) => server.listen(from, '127.0.0.1', resolve));
  return server;
}
