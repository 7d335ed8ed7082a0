import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendError } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import { startMariaDb, startPostgres } from '../../../test/support/databases.js';
import { providedMySql } from '../../../test/support/mysql.js';
import { freePort, whyNot } from '../../../test/support/scratch.js';
import { connectFailure } from './connection/connect-failure.js';
import { parseDatabaseUrl } from './connection/database-url.js';
import { SqlConnector } from './sql.connector.js';
import type { TestDatabases } from './testing/dialects.js';

const { MYSQL_TEST_URL } = process.env;

/** How MySQL and MariaDB are made to keep a statement waiting, and what then waits there. */
const LIKE_MYSQL = {
  hold: 'start transaction; select * from `Users` for update; select sleep(3); commit',
  table: 'lock tables `Users` write; select sleep(6); unlock tables',
  busy: `select count(*) as number from information_schema.processlist
    where info like '%Users%' and info not like '%processlist%' and command = 'Query'`,
  waiting: `select count(*) as number from information_schema.processlist
    where info like '%Users%' and state like 'Waiting for table%'`,
};

const SERVERS = [
  {
    name: 'PostgreSQL',
    reason: whyNot('initdb', 'postgres'),
    start: startPostgres,
    hold: `begin; select * from "Users" for update; select pg_sleep(3); commit`,
    table: 'begin; lock table "Users" in access exclusive mode; select pg_sleep(6); commit',
    busy: `select count(*) as number from pg_stat_activity
      where application_name = 'scim-gateway' and state = 'active'`,
    waiting: `select count(*) as number from pg_stat_activity
      where application_name = 'scim-gateway' and wait_event_type = 'Lock'`,
  },
  {
    name: 'MariaDB',
    reason: whyNot('mariadb-install-db', 'mariadbd'),
    start: startMariaDb,
    ...LIKE_MYSQL,
  },
  ...(MYSQL_TEST_URL === undefined
    ? []
    : [
        {
          name: 'MySQL',
          reason: undefined,
          start: async () => providedMySql(MYSQL_TEST_URL),
          ...LIKE_MYSQL,
        },
      ]),
];

for (const { name, reason, start, hold, table, busy, waiting } of SERVERS) {
  describe.skipIf(reason)(`when ${name} does not do what it is asked`, () => {
    let server: TestDatabases | undefined;
    beforeAll(async () => {
      server = await start();
    }, 60_000);
    afterAll(async () => server?.remove());

    it('a statement that takes too long is given up, and the connection is not used again', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url, statementTimeout: 500, poolSize: 2 }).open(
        registry.types,
      );
      const { users, createUser } = fixtureOf(backend);
      const user = await createUser();
      const holding = server?.execute(url, hold);
      await delay(200);
      const write = { ifVersion: user.meta.version, now: tick() };
      const late = Promise.all(
        [1, 2, 3].map((i) =>
          expect(users.put({ ...user, title: `${i}` }, write)).rejects.toMatchObject({
            code: 'unavailable',
          }),
        ),
      );
      await late;
      await holding;
      const { stored } = await users.put({ ...user, title: 'now' }, write);
      expect(await users.get(user.id)).toEqual(stored);
      await backend.close();
    });

    it('R-352 a read that is given up ends at the server as well', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url, statementTimeout: 200, poolSize: 3 }).open(
        registry.types,
      );
      const { users, createUser } = fixtureOf(backend);
      const user = await createUser();
      const holding = server?.execute(url, table);
      let givenUp = 0;
      while (givenUp < 9) {
        const reads = await Promise.allSettled([1, 2, 3].map(() => users.get(user.id)));
        givenUp += reads.filter(({ status }) => status === 'rejected').length;
      }
      const [row] = (await server?.execute(url, busy)) ?? [];
      expect(Number(row?.number)).toBe(0);
      await holding;
      expect((await users.get(user.id))?.id).toBe(user.id);
      await backend.close();
    });

    it('R-306 a read that nobody waits for any more ends at the server at once', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const options = { url, poolSize: 2, deriveEvery: 3_600_000 };
      const backend = await new SqlConnector(options).open(registry.types);
      await backend.derivation.pass();
      const { users, createUser } = fixtureOf(backend);
      const user = await createUser();
      const count = async (text: string) => Number((await server?.execute(url, text))?.[0]?.number);
      const holding = server?.execute(url, table);
      let held = true;
      holding?.finally(() => {
        held = false;
      });
      const client = new AbortController();
      const gone = new Error('the client is gone');
      const { signal } = client;
      const page = { start: { offset: 0 }, limit: 9, signal };
      const outcomes: Promise<unknown>[] = [];
      const read = (what: Promise<unknown>) => {
        outcomes.push(
          what.then(
            () => 'told',
            (error: unknown) => error,
          ),
        );
      };
      // Until the table is held, they are told. Two have connections then, the others wait for one.
      while ((await count(waiting)) < 2) {
        read(users.query(page));
        read(users.get(user.id, { signal }));
      }
      read(users.query(page));
      client.abort(gone);
      const ended = (await Promise.all(outcomes)).filter((outcome) => outcome !== 'told');
      expect(ended.length).toBeGreaterThan(2);
      expect(new Set(ended)).toEqual(new Set([gone]));
      while ((await count(busy)) > 0) await delay(10);
      expect(held).toBe(true);
      await holding;
      expect((await users.get(user.id))?.id).toBe(user.id);
      await backend.close();
    });

    it('R-353 those who wait to write one resource do not keep others from theirs', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url, poolSize: 4, connectTimeout: 1_000 }).open(
        registry.types,
      );
      const { users, createUser } = fixtureOf(backend);
      const [hot, other] = [await createUser(), await createUser()];
      const waits = hold.replace('"Users"', `"Users" where id = '${hot.id}'`);
      const holding = server?.execute(
        url,
        waits.replace('`Users`', `\`Users\` where id = '${hot.id}'`),
      );
      await delay(200);
      const write = { ifVersion: hot.meta.version, now: tick() };
      const waiting = Array.from({ length: 12 }, (_, i) =>
        users.put({ ...hot, title: `${i}` }, write).then(
          () => 'written',
          (error: unknown) => (error instanceof BackendError ? error.code : error),
        ),
      );
      for (let i = 0; i < 20; i++) {
        expect((await users.get(other.id))?.id).toBe(other.id);
        await createUser();
      }
      await holding;
      const outcomes = await Promise.all(waiting);
      expect(outcomes.sort()).toEqual([...Array(11).fill('conflict'), 'written']);
      await backend.close();
    });

    it('nothing of a resource is told by an error', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url }).open(registry.types);
      const { users } = fixtureOf(backend);
      await users.put(userDraft({ userName: 'Topsecret' }), { now: tick() });
      const error: unknown = await users
        .put(userDraft({ userName: 'topsecret', title: 'topsecret' }), { now: tick() })
        .catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'unique' });
      expect(inspect(error, { depth: 9 })).not.toMatch(/topsecret/i);
      await backend.close();
    });
  });
}

it.each([
  ['postgresql', { code: '28P01', message: 'password authentication failed for user "u"' }],
  ['postgresql', { code: '3D000', message: 'database "db" does not exist' }],
  ['mysql', { errno: 1045, code: 'ER_ACCESS_DENIED_ERROR', message: "Access denied for user 'u'" }],
  ['mysql', { errno: 1049, code: 'ER_BAD_DB_ERROR', message: "Unknown database 'db'" }],
  ['postgresql', { code: 'ENOTFOUND', errno: -3008, message: 'getaddrinfo ENOTFOUND h' }],
  ['mysql', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' }],
])('R-365 %s: why it cannot be reached, where, and what to change: %o', (scheme, cause) => {
  const address = parseDatabaseUrl(`${scheme}://u:topsecret@h:99/db`);
  const { message } = connectFailure(address, Object.assign(new Error(), cause));
  expect(message).toContain(cause.message);
  expect(message).toMatch(/u@h:99\/db cannot be reached: .*\. [A-Z].*\.$/);
  expect(message).not.toContain('topsecret');
});

it('R-365 a file that cannot be opened is named', async () => {
  const backend = new SqlConnector({ url: 'sqlite:////dev/null/scim.db' });
  await expect(backend.open(registry.types)).rejects.toMatchObject({
    message: expect.stringMatching(/\/dev\/null\/scim\.db cannot be reached: .*folder\.$/),
  });
});

it('a server that is not there is unavailable when the backend opens', async () => {
  const port = await freePort();
  for (const scheme of ['postgresql', 'mysql']) {
    const url = `${scheme}://u:topsecret@127.0.0.1:${port}/db`;
    const opening = new SqlConnector({ url }).open(registry.types);
    const error: unknown = await opening.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(inspect(error, { depth: 9 })).not.toContain('topsecret');
  }
});
