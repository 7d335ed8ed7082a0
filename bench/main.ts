/**
 * Measures the service next to an empty Nest-express route that returns the same bytes, in
 * alternating slices of one run. `bench/README.md` says how to read the figures.
 *
 *   npm run bench -- --store postgres --users 1000,20000 --members 100,10000 --rounds 5
 */
import { parseArgs } from 'node:util';
import { LoadClient } from './load.js';
import { measure } from './measure.js';
import { printTable } from './report.js';
import { seed } from './seed.js';
import { ServerProcess } from './server-process.js';
import { startStore } from './store.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'files' },
    users: { type: 'string', default: '1000' },
    members: { type: 'string', default: '100,10000' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '8' },
    port: { type: 'string', default: '8460' },
    only: { type: 'string', default: '' },
  },
});
const sizes = numbers(values.members);
const port = Number(values.port);
const connections = Number(values.connections);

for (const users of numbers(values.users)) {
  const store = await startStore(values.store, port + 2);
  const service = await ServerProcess.start('dist/apps/scim/src/main.js', port, '/health', {
    ...store.env,
    API_KEY: 'bench',
    UNKNOWN_MEMBERS: 'accept',
    MAX_BODY_SIZE: String(64 * 1024 * 1024),
  });
  const empty = await ServerProcess.start('dist/bench/empty-route.js', port + 1, '/ready', {});
  const headers = { Authorization: 'Bearer bench' };
  const seeder = new LoadClient(service.url, headers, 16);
  const client = new LoadClient(service.url, headers, connections);
  const peer = new LoadClient(empty.url, headers, connections);
  try {
    const start = performance.now();
    const seeded = await seed(seeder, users, sizes);
    const seconds = (performance.now() - start) / 1000;
    seeder.close();
    await store.settle();
    console.log(
      `\nStore ${values.store}; N = ${users} users, groups of ${sizes.join(' and ')}; seeded in ${seconds.toFixed(1)} s; ` +
        `service ${service.residentMiB()} MiB; ${connections} connections; Node ${process.version}\n`,
    );
    const ours = { service, client, storeCpu: store.cpuMicroseconds };
    const options = { rounds: Number(values.rounds), only: values.only };
    printTable(await measure(ours, { service: empty, client: peer }, seeded, options));
  } finally {
    seeder.close();
    client.close();
    peer.close();
    await service.stop();
    await empty.stop();
    await store.remove();
  }
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}
