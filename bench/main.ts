/**
 * Measures the service next to an empty Nest-express route that returns the same bytes, in
 * alternating slices of one run. `bench/README.md` says how to read the figures.
 *
 *   npm run bench -- --users 1000,20000 --members 100,10000 --rounds 5
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadClient } from './load.js';
import { measure } from './measure.js';
import { printTable } from './report.js';
import { seed } from './seed.js';
import { ServerProcess } from './server-process.js';

const { values } = parseArgs({
  options: {
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
  const folder = await mkdtemp(join(tmpdir(), 'scim-bench-'));
  const service = await ServerProcess.start('dist/apps/scim/src/main.js', port, '/health', {
    DATA_PATH: folder,
    API_KEY: 'bench',
    UNKNOWN_MEMBERS: 'accept',
    MAX_BODY_SIZE: String(64 * 1024 * 1024),
  });
  const empty = await ServerProcess.start('dist/bench/empty-route.js', port + 1, '/ready', {});
  const headers = { Authorization: 'Bearer bench' };
  const client = new LoadClient(service.url, headers, connections);
  const peer = new LoadClient(empty.url, headers, connections);
  try {
    const start = performance.now();
    const seeded = await seed(client, users, sizes);
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `\nN = ${users} users, groups of ${sizes.join(' and ')}; seeded in ${seconds.toFixed(1)} s; ` +
        `service ${service.residentMiB()} MiB; ${connections} connections; Node ${process.version}\n`,
    );
    const options = { rounds: Number(values.rounds), only: values.only };
    printTable(
      await measure({ service, client }, { service: empty, client: peer }, seeded, options),
    );
  } finally {
    client.close();
    peer.close();
    await service.stop();
    await empty.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}
