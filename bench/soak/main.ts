/**
 * Two services on one PostgreSQL under a mixed load, every answer checked against a model: no 404 of
 * what exists, nothing older after something newer, no member and no change lost. Ends with 1 and
 * the first violation.
 *
 *   npm run soak -- --seconds 60 --clients 32
 */
import { parseArgs } from 'node:util';
import { freePort } from '../../test/support/scratch.js';
import { LoadClient } from '../load.js';
import { ServerProcess } from '../server-process.js';
import { startStore } from '../store.js';
import { SoakClient } from './client.js';
import { now } from './model.js';
import { World } from './world.js';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUPS = 4;
/** An answer that takes longer than this hangs. */
const HANG_MS = 60_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '32' },
  },
});
const [seconds, clients] = [Number(values.seconds), Number(values.clients)];
if (!(seconds > 0 && clients >= GROUPS)) {
  console.error(`--seconds has to be above 0, --clients ${GROUPS} or more`);
  process.exit(2);
}

const store = await startStore('postgres', await freePort());
const services: ServerProcess[] = [];
const connections: LoadClient[] = [];
try {
  for (let i = 0; i < 2; i++) {
    const env = { ...store.env, API_KEY: 'soak', LOGLEVEL: 'error' };
    const main = 'dist/apps/scim/src/main.js';
    const service = await ServerProcess.start(main, await freePort(), '/health', env);
    services.push(service);
    connections.push(new LoadClient(service.url, { Authorization: 'Bearer soak' }, clients));
  }
  const counts = await soak(connections);
  const lines = [...counts].sort().map(([what, count]) => `  ${what}: ${count}`);
  console.log(`${clients} clients, ${seconds} s, no violation\n${lines.join('\n')}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const connection of connections) connection.close();
  for (const service of services) await service.stop();
  await store.remove();
}

/** @returns how often each answer came @throws Violation the first that is seen */
async function soak(all: readonly LoadClient[]): Promise<ReadonlyMap<string, number>> {
  const world = await settled(all);
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const end = Date.now() + seconds * 1000;
  let over = false;
  const work = async (number: number) => {
    const client = new SoakClient(number, world, all, count);
    while (!over && Date.now() < end) await client.step();
  };
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    const late = () => reject(new Error('a request was not answered'));
    timer = setTimeout(late, seconds * 1000 + HANG_MS);
  });
  const working = Promise.all(Array.from({ length: clients }, (_, number) => work(number)));
  try {
    await Promise.race([working, hang]);
  } finally {
    over = true;
    clearTimeout(timer);
  }
  return counts;
}

/** The groups, and a user for each client. */
async function settled([first]: readonly LoadClient[]): Promise<World> {
  if (first === undefined) throw new Error('there is no service');
  const world = new World();
  const create = async (path: string, attributes: object): Promise<string> => {
    const { body } = await first.must({ method: 'POST', path, body: JSON.stringify(attributes) });
    return JSON.parse(body).id;
  };
  for (let i = 0; i < GROUPS; i++) {
    const displayName = `group ${i}`;
    world.addGroup(await create('/Groups', { schemas: [GROUP], displayName }), displayName);
  }
  for (let i = 0; i < clients; i++) {
    const userName = `soak-${i}`;
    const start = now();
    const id = await create('/Users', { schemas: [USER], userName });
    world.addUser(id, userName, start, true);
  }
  return world;
}
