/**
 * How long `/health` takes to answer while one client sends what once stopped the service, each four
 * times at once.
 *
 *   npm run bench:attacks -- --store files --users 5000
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ServerProcess } from './server-process.js';
import { startStore } from './store.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'files' },
    users: { type: 'string', default: '5000' },
    port: { type: 'string', default: '8470' },
  },
});
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0';
/** Milliseconds between two looks at the memory of the service. */
const LOOK = 20;

const port = Number(values.port);
const store = await startStore(values.store, port + 2);
const service = await ServerProcess.start('dist/apps/scim/src/main.js', port, '/health', {
  ...store.env,
  API_KEY: 'bench',
  UNKNOWN_MEMBERS: 'accept',
  LOGLEVEL: 'error',
});

const several = <T>(size: number, make: (i: number) => T) =>
  Array.from({ length: size }, (_, i) => make(i));
const emails = (size: number) => several(size, (i) => ({ value: `${i}@b`, type: 'work' }));
const search = (members: object) => () =>
  send('POST', '/Users/.search', { schemas: [`${MESSAGE}:SearchRequest`], ...members });

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(service.url + path, {
    method,
    headers: { Authorization: 'Bearer bench', 'Content-Type': 'application/scim+json' },
    ...(text === undefined ? {} : { body: text }),
  });
}

async function made(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body);
  const { id } = (await answer.json()) as { id?: string };
  if (id === undefined) throw new Error(`nothing was made at ${path}: ${answer.status}`);
  return id;
}

let count = 0;
/** Patches a user with 5,000 e-mails, another one each time. */
function patch(Operations: readonly object[]) {
  return async () => {
    const userName = `patched-${++count}`;
    const id = await made('/Users', { schemas: [USER], userName, emails: emails(5000) });
    return send('PATCH', `/Users/${id}`, { schemas: [`${MESSAGE}:PatchOp`], Operations });
  };
}

for (let from = 0; from < Number(values.users); from += 500) {
  const Operations = several(500, (i) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${i}`,
    data: { schemas: [USER], userName: `user-${from + i}`, emails: emails(2) },
  }));
  await send('POST', '/Bulk', { schemas: [`${MESSAGE}:BulkRequest`], Operations });
}
for (let group = 0; group < 10; group++) {
  const members = several(20_000, (i) => ({ value: `nobody-${i}` }));
  await made('/Groups', { schemas: [GROUP], displayName: `large-${group}`, members });
}
const members = several(100_000, (i) => ({ value: `nobody-${i}` }));
const huge = await made('/Groups', { schemas: [GROUP], displayName: 'huge', members });

const marks = `a${'\u0301'.repeat(13_000)}${'\u0323'.repeat(13_000)}`;
const ATTACKS: Readonly<Record<string, () => Promise<Response>>> = {
  nothing: () => send('GET', '/Users?count=1'),
  'marks in a row, userName': () => send('POST', '/Users', { schemas: [USER], userName: marks }),
  'marks in a row, filter': search({ filter: `userName eq "${marks.slice(0, 9000)}"` }),
  'PATCH, 4,000 operations': patch(
    several(4000, (i) => ({ op: 'add', path: 'emails', value: [{ value: `${i}@c` }] })),
  ),
  'PATCH, 1,000 operations': patch(
    several(1000, (i) => ({ op: 'add', path: 'emails', value: [{ value: `${i}@c` }] })),
  ),
  'PATCH, 500 value paths': patch(
    several(500, (i) => ({
      op: 'replace',
      path: `emails[value eq "${i}@b"].display`,
      value: `d${i}`,
    })),
  ),
  'PATCH, remove of 5,000': patch([{ op: 'remove', path: 'emails', value: emails(5000) }]),
  'search, 20,000 unknown members': search(
    Object.fromEntries(several(20_000, (i) => [`x${i}`, 1])),
  ),
  'filter, 100 terms of co': search({
    filter: several(100, (i) => `emails co "z${i}"`).join(' or '),
  }),
  'body, 16 MB of []': () => send('POST', '/Users', `{"x":[${'[],'.repeat(5_500_000)}[]]}`),
  'attributes, 14 MB of commas': search({ attributes: ','.repeat(14_000_000) }),
  'list of groups of 20,000': () => send('GET', '/Groups?count=60'),
  'group of 100,000': () => send('GET', `/Groups/${huge}`),
  'bulk, 50 changes of 20,000': () =>
    send('POST', '/Bulk', {
      schemas: [`${MESSAGE}:BulkRequest`],
      Operations: several(50, (i) => ({
        method: 'PATCH',
        path: `/Groups/${huge}`,
        data: {
          schemas: [`${MESSAGE}:PatchOp`],
          Operations: [{ op: 'add', path: 'members', value: [{ value: `new-${i}` }] }],
        },
      })),
    }),
};

const probe = new Worker(new URL('health-probe.js', import.meta.url), {
  workerData: `${service.url}/health`,
});
/** Milliseconds, since the last time it was asked for. */
async function slowestHealth(): Promise<number> {
  probe.postMessage('how long?');
  const [slowest] = (await once(probe, 'message')) as [number];
  return slowest;
}

console.log(`Store ${values.store}, ${values.users} users, Node ${process.version}\n`);
console.log('| attack, four at once | answers | ends after ms | slowest /health ms | MiB |');
console.log('| --- | --- | ---: | ---: | ---: |');
try {
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const start = performance.now();
    let [isOver, memory] = [false, 0];
    const answers = Promise.all(
      several(4, async () => {
        const answer = await attack();
        await answer.arrayBuffer();
        return answer.status;
      }),
    ).finally(() => {
      isOver = true;
    });
    await slowestHealth();
    while (!isOver) {
      memory = Math.max(memory, service.residentMiB());
      await delay(LOOK);
    }
    const statuses = [...new Set(await answers)].join(', ');
    const slowest = await slowestHealth();
    const took = performance.now() - start;
    console.log(`| ${name} | ${statuses} | ${took.toFixed()} | ${slowest.toFixed()} | ${memory} |`);
  }
} finally {
  await probe.terminate();
  await service.stop();
  await store.remove();
}
