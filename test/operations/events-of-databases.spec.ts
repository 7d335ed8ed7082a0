import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, hasBroker, startBroker } from '../../libs/events/src/testing/broker.js';
import { eventually, type Received, takeAll } from '../../libs/events/src/testing/consumer.js';
import { temporaryFolder } from '../../libs/events/src/testing/fixture.js';
import { type BrokerLine, brokerLine } from '../support/broker-line.js';
import { startPostgres } from '../support/databases.js';
import { EventLoad } from '../support/event-load.js';
import { execute, startMongo, whyNoMongo } from '../support/mongo.js';
import { type ServiceProcess, startProcess } from '../support/process.js';
import { whyNot } from '../support/scratch.js';

const KEY = 'test-key';
const QUEUE = 'SCIM';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** Ms; how long nothing may happen on a machine that is busy with other things. */
const PATIENCE = 120_000;
/** Members that join a group and leave it all the time. */
const MEMBERS = 5;

/** One of the services on the same database. */
interface Replica {
  readonly process: ServiceProcess;
  readonly url: string;
  /** Its own line to the broker. */
  readonly line: BrokerLine;
}

/** What of answers and messages the tests look into. */
interface Made {
  readonly id: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly members?: readonly { readonly value: string }[];
}

/** A database that two services share. */
interface Database {
  readonly env: Readonly<Record<string, string>>;
  /** The events that wait in it. */
  outbox(): Promise<readonly unknown[]>;
  remove(): Promise<void>;
}

/**
 * `pace`: answers between two kills; the stand-in for MongoDB's server is a slow one. `mayRefuse`:
 * what a client may be told. The transaction that a killed service had open holds its documents until
 * MongoDB ends it, which is a 503 for who writes them meanwhile; PostgreSQL notices at once.
 */
const DATABASES = [
  {
    name: 'PostgreSQL',
    reason: whyNot('initdb', 'postgres'),
    open: postgres,
    pace: 100,
    mayRefuse: /^$/,
  },
  {
    name: 'MongoDB replica set',
    reason: whyNoMongo('replica set'),
    open: mongo,
    pace: 30,
    mayRefuse: /: 503 /,
  },
] as const;

async function postgres(): Promise<Database> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  return {
    env: { DATABASE_URL: url },
    outbox: () => server.execute(url, 'select record, parked from scim_outbox'),
    remove: () => server.remove(),
  };
}

async function mongo(): Promise<Database> {
  const server = await startMongo('replica set');
  const name = server.createDatabase();
  return {
    env: { MONGO_DB: server.url, MONGO_DATABASE: name },
    outbox: async () => {
      const { cursor } = await execute(server.url, name, { find: 'scim_outbox' });
      return (cursor as { readonly firstBatch: readonly unknown[] }).firstBatch;
    },
    remove: () => server.remove(),
  };
}

for (const { name, reason, open, pace, mayRefuse } of DATABASES) {
  describe.skipIf(!hasBroker || reason !== undefined)(
    `events of two services on one ${name}`,
    () => {
      let broker: Broker;
      let database: Database;
      let folder: { path: string; remove(): Promise<void> };
      let replicas: Replica[] = [];

      beforeAll(async () => {
        [broker, database, folder] = await Promise.all([startBroker(), open(), temporaryFolder()]);
        replicas = await Promise.all([start(), start()]);
      }, 120_000);
      afterAll(async () => {
        await Promise.all(replicas.map((replica) => end(replica, 'SIGKILL')));
        await Promise.all([broker?.remove(), database?.remove()]);
        await folder?.remove();
      });

      async function start(): Promise<Replica> {
        const line = await brokerLine(broker);
        const process = startProcess({
          AMQP: line.url,
          QUEUE,
          ...database.env,
          DATA_PATH: folder.path,
          API_KEY: KEY,
          HOST: '127.0.0.1',
          PORT: '0',
          LOGLEVEL: 'info',
        });
        return { process, line, url: await process.listening() };
      }

      async function end({ process, line }: Replica, signal: NodeJS.Signals): Promise<void> {
        process.child.kill(signal);
        await process.ended();
        await line.close();
      }

      async function metric({ url }: Replica, name: string): Promise<number> {
        const response = await fetch(`${url}/metrics`, { headers: { 'x-api-key': KEY } });
        const line = new RegExp(`^scim_events_${name}\\{tenant="default"\\} (.*)$`, 'm');
        return Number(line.exec(await response.text())?.[1]);
      }

      /** The one that publishes, and the one that waits for its turn. */
      async function roles(): Promise<{ readonly holder: Replica; readonly standby: Replica }> {
        let found: { holder: Replica; standby: Replica } | undefined;
        await eventually(async () => {
          const [a, b] = replicas;
          if (a === undefined || b === undefined) throw new Error('there are not two replicas');
          const [ofA, ofB] = await Promise.all([metric(a, 'standby'), metric(b, 'standby')]);
          if (ofA !== ofB)
            found = ofA === 0 ? { holder: a, standby: b } : { holder: b, standby: a };
          return found !== undefined;
        }, PATIENCE);
        if (found === undefined) throw new Error('nobody publishes');
        return found;
      }

      async function published(): Promise<number> {
        const counts = replicas.map((replica) => metric(replica, 'published_total'));
        return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      }

      /** By turns, so that changes of one resource come from both. */
      let turn = 0;
      const next = () => replicas[turn++ % replicas.length]?.url ?? '';

      async function request<T>(method: string, path: string, body?: object): Promise<T> {
        const response = await fetch(next() + path, {
          method,
          headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/scim+json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
        return (await response.json()) as T;
      }

      /** All users that are there at the end, by userName. */
      async function users(): Promise<ReadonlyMap<string, Made>> {
        const found = new Map<string, Made>();
        for (let startIndex = 1; ; startIndex = found.size + 1) {
          const path = `/Users?startIndex=${startIndex}&count=100`;
          const page = await request<{ totalResults: number; Resources?: Made[] }>('GET', path);
          for (const user of page.Resources ?? []) found.set(user.userName ?? '', user);
          if (found.size >= page.totalResults || page.Resources === undefined) return found;
        }
      }

      it('R-415 are all announced in order, whichever of them is killed', async () => {
        const team = await Promise.all(
          Array.from({ length: MEMBERS }, (_, i) =>
            request<Made>('POST', '/Users', { schemas: [USER], userName: `member-${i}` }),
          ),
        );
        const group = await request<Made>('POST', '/Groups', {
          schemas: [GROUP],
          displayName: 'team',
        });
        let moving = true;
        const moves = (async () => {
          for (let i = 0; moving; i++) {
            const value = team[i % MEMBERS]?.id;
            const operation =
              Math.trunc(i / MEMBERS) % 2 === 0
                ? { op: 'add', path: 'members', value: [{ value }] }
                : { op: 'remove', path: `members[value eq "${value}"]` };
            const body = { schemas: [PATCH], Operations: [operation] };
            await request('PATCH', `/Groups/${group.id}`, body).catch(() => delay(20));
          }
        })();
        const load = new EventLoad(next, KEY);
        load.start(4);

        // Who is killed: the one that publishes, while messages of its are lost on their way; the
        // one that does not; and the publisher again, while confirms are lost.
        const rounds = [
          { role: 'holder', way: 'there' },
          { role: 'standby' },
          { role: 'holder', way: 'back' },
        ] as const;
        for (const { role, ...cut } of rounds) {
          const enough = load.answered + pace;
          await eventually(() => load.answered > enough, PATIENCE);
          const victim = (await roles())[role];
          if ('way' in cut) {
            victim.line.interrupt(cut.way);
            const more = load.answered + pace / 5;
            await eventually(() => load.answered > more, PATIENCE);
          }
          await delay(Math.random() * 300);
          await end(victim, 'SIGKILL');
          replicas = replicas.filter((replica) => replica !== victim);
          const before = await published();
          // Somebody publishes again, and a replacement starts meanwhile.
          const [replacement] = await Promise.all([
            start(),
            eventually(async () => (await published()) > before + pace / 5, PATIENCE),
          ]);
          replicas.push(replacement);
        }
        await load.stop();
        moving = false;
        await moves;

        await eventually(async () => (await database.outbox()).length === 0, PATIENCE);
        const there = await users();
        const last = await request<Made>('GET', `/Groups/${group.id}`);
        await Promise.all(replicas.map((replica) => end(replica, 'SIGTERM')));
        expect(await database.outbox()).toEqual([]);

        const received = await takeAll(broker.url, QUEUE);
        expect(load.refused.filter((answer) => !mayRefuse.test(answer))).toEqual([]);
        expect(load.answered).toBeGreaterThan(3 * pace);
        const announced = load.verify(received.filter(({ json }) => isUser(json.resource)));
        // What was sent and not confirmed came again, under its id.
        expect(new Set(received.map(({ id }) => id)).size).toBeLessThan(received.length);

        // Also of the changes that nobody got an answer to: what is there was announced.
        const gone = [...announced].filter(([name]) => !there.has(name));
        expect(gone.filter(([, values]) => values.at(-1) !== 'deleted')).toEqual([]);
        for (const [name, { displayName }] of there) {
          expect([name, announced.get(name)?.at(-1)]).toEqual([name, displayName]);
        }
        expect(membersOf(lastOf(received, group.id))).toEqual(membersOf(last));

        // The store has an outbox of its own: no journal is kept beside it.
        await expect(access(join(folder.path, '.scim', 'events'))).rejects.toThrow('ENOENT');
      }, 400_000);
    },
  );
}

function isUser(resource: Made): boolean {
  return resource.userName !== undefined;
}

function lastOf(received: readonly Received[], id: string): Made | undefined {
  return received.findLast(({ json }) => json.resource.id === id)?.json.resource;
}

function membersOf(group: Made | undefined): readonly string[] {
  return (group?.members ?? []).map(({ value }) => value).sort();
}
