import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '../../../../test/support/databases.js';
import { whyNot } from '../../../../test/support/scratch.js';
import { SqlConnector } from '../sql.connector.js';

interface Case {
  readonly what: string;
  /** Whether the administrator has made the tables, by a start of the service. */
  readonly made: boolean;
  /** What the administrator runs: the user and its rights. */
  readonly given: (user: string, database: string) => string;
  /** How often the service says what is missing: who may not even connect learns the rest then. */
  readonly told: number;
}

const DATA = 'select, insert, update, delete';

const ON_POSTGRES: readonly Case[] = [
  {
    what: 'may make no tables',
    made: false,
    given: (user) => `create role ${user} login`,
    told: 1,
  },
  {
    what: 'may read only',
    made: true,
    given: (user) =>
      `create role ${user} login; grant select on all tables in schema public to ${user}`,
    told: 1,
  },
  {
    what: 'may not write to the outbox',
    made: true,
    given: (user) => `create role ${user} login;
      grant ${DATA} on all tables in schema public to ${user};
      grant usage on all sequences in schema public to ${user};
      revoke insert on scim_outbox from ${user}`,
    told: 1,
  },
  {
    what: 'may not count the events of the outbox',
    made: true,
    given: (user) =>
      `create role ${user} login; grant ${DATA} on all tables in schema public to ${user}`,
    told: 1,
  },
  {
    what: 'may not add an index to tables of another user',
    made: true,
    given: (user) => `create role ${user} login; drop index "Users_created"`,
    told: 1,
  },
  {
    what: 'may do nothing in the schema',
    made: true,
    given: (user) => `create role ${user} login; revoke all on schema public from public`,
    told: 1,
  },
  {
    what: 'may not even connect',
    made: true,
    given: (user, database) =>
      `create role ${user} login; revoke connect on database ${database} from public`,
    told: 2,
  },
];

const created = (user: string) => `create user ${user}@'%'; create user ${user}@localhost`;
const granted = (rights: string, user: string, on: string) =>
  `grant ${rights} on ${on} to ${user}@'%'; grant ${rights} on ${on} to ${user}@localhost`;

const ON_MARIADB: readonly Case[] = [
  {
    what: 'may make no tables',
    made: false,
    given: (user, database) => `${created(user)}; ${granted(DATA, user, `${database}.*`)}`,
    told: 1,
  },
  {
    what: 'may read only',
    made: true,
    given: (user, database) => `${created(user)}; ${granted('select', user, `${database}.*`)}`,
    told: 1,
  },
  {
    what: 'may write to one table only',
    made: true,
    given: (user, database) =>
      `${created(user)}; ${granted('select', user, `${database}.*`)};
      ${granted(DATA, user, `${database}.Users`)}`,
    told: 1,
  },
  {
    what: 'may not even connect',
    made: true,
    given: (user) => created(user),
    told: 1,
  },
];

const SERVERS = [
  {
    name: 'PostgreSQL',
    reason: whyNot('initdb', 'postgres'),
    start: startPostgres,
    cases: ON_POSTGRES,
  },
  {
    name: 'MariaDB',
    reason: whyNot('mariadb-install-db', 'mariadbd'),
    start: startMariaDb,
    cases: ON_MARIADB,
  },
];

for (const { name, reason, start, cases } of SERVERS) {
  describe.skipIf(reason)(`a user of ${name} who`, () => {
    let server: DatabaseServer | undefined;
    beforeAll(async () => {
      server = await start();
    }, 60_000);
    afterAll(async () => server?.remove());

    const numbered = cases.map((one, i) => ({ ...one, user: `limited_${i}` }));
    it.each(numbered)(
      'R-471 $what is told the grants, and they are enough',
      async ({ made, given, told, user }) => {
        if (server === undefined) throw new Error('there is no server');
        const url = await server.createDatabase(`of_${user}`);
        if (made) await (await new SqlConnector({ url }).open(registry.types)).close();
        await server.execute(url, given(user, `of_${user}`));
        const limited = url.replace(/\/\/\w+@/, `//${user}@`);
        for (let i = 0; i < told; i++) {
          const refusal = await new SqlConnector({ url: limited }).open(registry.types).then(
            () => 'it was allowed',
            (error: Error) => error.message,
          );
          expect(refusal).toMatch(/by one who may, and start again/);
          const statements = refusal.slice(refusal.indexOf('\n\n')).trim();
          expect(statements).toMatch(/^grant /);
          await server.execute(url, statements);
        }
        const { backend, users } = fixtureOf(
          await new SqlConnector({ url: limited }).open(registry.types),
        );
        const record = () => ({ operation: 'Create', type: 'User', id: 'x' }) as const;
        const { stored } = await users.put(userDraft(), { now: tick(), record });
        expect(await users.get(stored.id)).toEqual(stored);
        expect(await backend.outbox?.read(9)).toHaveLength(1);
        await backend.close();
      },
      60_000,
    );
  });
}
