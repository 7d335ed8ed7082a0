import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '../../../test/support/databases.js';
import { freePort, whyNot } from '../../../test/support/scratch.js';
import { SqlConnector } from './sql.connector.js';

const SERVERS = [
  {
    name: 'PostgreSQL',
    reason: whyNot('initdb', 'postgres'),
    start: startPostgres,
    hold: `begin; select * from "Users" for update; select pg_sleep(3); commit`,
  },
  {
    name: 'MariaDB',
    reason: whyNot('mariadb-install-db', 'mariadbd'),
    start: startMariaDb,
    hold: 'start transaction; select * from `Users` for update; select sleep(3); commit',
  },
];

for (const { name, reason, start, hold } of SERVERS) {
  describe.skipIf(reason)(`when ${name} does not do what it is asked`, () => {
    let server: DatabaseServer | undefined;
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
