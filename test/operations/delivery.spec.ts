import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { SECRET_NAMES, VARIABLE_NAMES } from '../../apps/scim/src/config/variables/groups.js';
import { hasBroker, startBroker } from '../../libs/events/src/testing/broker.js';
import { create } from '../support/scim.js';
import { startService } from '../support/service.js';

const ROOT = join(import.meta.dirname, '../..');
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const names = (file: string, pattern: RegExp) =>
  [...new Set([...text(file).matchAll(pattern)].map((match) => match[1] ?? ''))].sort();

describe('what is shipped beside the service', () => {
  it.each([
    ['Dockerfile', /^\s*(?:ENV )?([A-Z_]+)=\S/gm],
    ['docker-compose.yml', /^ {2,6}(?!RABBITMQ|POSTGRES|MYSQL)([A-Z][A-Z_]+): /gm],
    ['helm/templates/_environment.tpl', /(?:set \$plain|"name") "([A-Z_]+)"/g],
    ['helm/templates/_plan.tpl', /"name" "([A-Z_]+)"/g],
  ])('R-506 %s sets only variables that the service knows', (file, pattern) => {
    const used = names(file, pattern);
    expect(used.length).toBeGreaterThan(2);
    // The predecessor spelled them both ways, see `configuration.ts`.
    const spelled = used.map((name) => name.replace('SCIM_FORWARD_', 'FORWARD_SCIM_'));
    expect(spelled.filter((name) => !VARIABLE_NAMES.includes(name))).toEqual([]);
  });

  it('R-506 the chart puts every secret into a Secret', () => {
    const [, pattern = '$^'] =
      /regexMatch "([^"]+)"/.exec(text('helm/templates/_environment.tpl')) ?? [];
    expect(SECRET_NAMES.filter((name) => !new RegExp(pattern).test(name))).toEqual([]);
  });

  it('R-508 `helm test` passes with the key, and fails with a wrong one or without the service', async () => {
    const service = await startService({ API_KEY: 'first-key,second-key', BASE_PATH: '/scim' });
    const ask = async (env: Readonly<Record<string, string>>) => {
      const URL_ORIGIN = new URL(service.url).origin;
      const script = join(ROOT, 'helm/request.mjs');
      const child = spawn(process.execPath, [script], {
        env: { URL_ORIGIN, ...env },
        stdio: 'ignore',
      });
      return (await once(child, 'close'))[0] as number;
    };
    const BASE_PATH = '/scim';
    try {
      expect(await ask({ BASE_PATH, API_KEY: 'first-key,second-key' })).toBe(0);
      expect(await ask({ BASE_PATH })).toBe(0);
      expect(await ask({ BASE_PATH, API_KEY: 'wrong' })).toBe(1);
      expect(await ask({ API_KEY: 'first-key' })).toBe(1);
    } finally {
      await service.close();
    }
    expect(await ask({ BASE_PATH })).toBe(1);
  });

  it.skipIf(!hasBroker)(
    'R-507 the example consumer prints what changed, and takes it',
    async () => {
      const broker = await startBroker();
      const service = await startService({ AMQP: broker.url, QUEUE: 'people' });
      const consumer = spawn(process.execPath, [join(ROOT, 'examples/consumer.mjs')], {
        env: { AMQP: broker.url, QUEUE: 'people' },
      });
      let output = '';
      consumer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
      try {
        const user = await create(service, '/Users', { userName: 'jane' });
        await create(service, '/Groups', { displayName: 'staff', members: [{ value: user.id }] });
        await expect
          .poll(() => output, { timeout: 50_000 })
          .toMatch(/Create \/Groups\/.+ staff, 1 members/);
        expect(output).toMatch(new RegExp(`^Create /Users/${user.id} jane \\[.+\\]$`, 'm'));
        consumer.kill('SIGTERM');
        await once(consumer, 'close');
        const connection = await connect(broker.url);
        const channel = await connection.createChannel();
        expect((await channel.checkQueue('people')).messageCount).toBe(0);
        await connection.close();
      } finally {
        consumer.kill('SIGKILL');
        await service.close();
        await broker.remove();
      }
    },
    180_000,
  );
});
