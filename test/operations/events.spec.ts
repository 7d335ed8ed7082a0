import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Broker, hasBroker, startBroker } from '../../libs/events/src/testing/broker.js';
import { eventually, takeAll } from '../../libs/events/src/testing/consumer.js';
import { temporaryFolder } from '../../libs/events/src/testing/fixture.js';
import { EventLoad } from '../support/event-load.js';
import { type ServiceProcess, startProcess } from '../support/process.js';
import { startService } from '../support/service.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** What of an answer the tests look into. */
interface Made {
  readonly id: string;
}

describe.skipIf(!hasBroker)('events of the service', () => {
  let broker: Broker;
  let queue: string;
  let count = 0;
  let folder: { path: string; remove(): Promise<void> };
  let started: ServiceProcess | undefined;

  beforeAll(async () => {
    broker = await startBroker();
  }, 60_000);
  afterAll(() => broker.remove());
  beforeEach(async () => {
    queue = `SCIM${++count}`;
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    started?.child.kill('SIGKILL');
    await started?.ended();
    await folder.remove();
  });

  const environment = () => ({
    AMQP: broker.url,
    QUEUE: queue,
    DATA_PATH: folder.path,
    API_KEY: 'test-key',
    LOGLEVEL: 'warn',
  });

  /** The service in a process of its own. */
  async function start(more: Readonly<Record<string, string>> = {}): Promise<string> {
    started = startProcess({
      ...environment(),
      ...more,
      HOST: '127.0.0.1',
      PORT: '0',
      LOGLEVEL: 'info',
    });
    return started.listening();
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    started?.child.kill(signal);
    await started?.ended();
  }

  async function metrics(url: string): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${url}/metrics`, { headers: { 'x-api-key': 'test-key' } });
    const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line));
    return new Map(
      lines.map((line) => {
        const [name = '', value] = line.split(' ');
        return [name.replace('{tenant="default"}', ''), Number(value)];
      }),
    );
  }

  const drained = (url: string, limit?: number) =>
    eventually(async () => (await metrics(url)).get('scim_events_pending') === 0, limit);

  it('are those of the reference, for the same requests', async () => {
    const service = await startService(environment());
    const post = async (path: string, body: object) => {
      const answer = await service.request('POST', path, {
        body,
        headers: { 'X-Service': 'sram' },
      });
      expect(answer.status).toBe(201);
      return answer.json<Made>();
    };
    // One at a time, as the reference announced them: what waits together is joined.
    const step = () => drained(service.url);
    const jdoe = await post('/Users', {
      schemas: [USER],
      userName: 'jdoe',
      active: true,
      externalId: 'jdoe@x',
      displayName: 'Jane Doe',
      emails: [{ value: 'j@example.org' }],
    });
    const other = await post('/Users', { schemas: [USER], userName: 'other' });
    await service.request('PUT', `/Users/${jdoe.id}`, {
      body: { ...jdoe, displayName: 'Jane D.' },
    });
    const grp = await post('/Groups', {
      schemas: [GROUP],
      displayName: 'grp',
      members: [{ value: jdoe.id }],
    });
    await step();
    await service.request('PATCH', `/Groups/${grp.id}`, {
      body: {
        schemas: [PATCH],
        Operations: [{ op: 'add', path: 'members', value: [{ value: other.id }] }],
      },
    });
    await step();
    await service.request('PATCH', `/Users/${jdoe.id}`, {
      body: { schemas: [PATCH], Operations: [{ op: 'replace', value: { active: false } }] },
    });
    await service.request('DELETE', `/Users/${other.id}`);
    await step();
    const last = (
      await service.request('GET', `/Groups/${grp.id}`, { headers: { 'X-Service': 'sram' } })
    ).json<Made>();
    await service.request('DELETE', `/Groups/${grp.id}`);
    await step();
    await service.close();

    const messages = await takeAll(broker.url, queue);
    const jane = {
      value: jdoe.id,
      display: 'Jane D.',
      type: 'User',
      $ref: `/Users/${jdoe.id}`,
    };
    const bob = { value: other.id, type: 'User', $ref: `/Users/${other.id}` };
    expect(
      messages.map(({ json: { operation, resource } }) => [
        operation,
        resource.userName ?? resource.displayName,
        resource.members ?? resource.active,
      ]),
    ).toEqual([
      ['Create', 'jdoe', true],
      ['Create', 'other', true],
      ['Update', 'jdoe', true],
      ['Create', 'grp', [jane]],
      ['Update', 'grp', [jane, bob]],
      ['Update', 'jdoe', false],
      ['Update', 'grp', [jane]],
      ['Delete', 'other', true],
      ['Delete', 'grp', [jane]],
    ]);
    // The whole resource exactly as the API returned it.
    expect(messages[0]?.text).toBe(`{"operation":"Create","resource":${JSON.stringify(jdoe)}}`);
    expect(messages[3]?.text).toBe(`{"operation":"Create","resource":${JSON.stringify(grp)}}`);
    expect(messages[8]?.text).toBe(`{"operation":"Delete","resource":${JSON.stringify(last)}}`);
  }, 30_000);

  it('R-283 come from each operation of a bulk request, without secrets; failures tell nothing', async () => {
    const service = await startService(environment());
    const operation = (bulkId: string, data: object) => ({
      method: 'POST',
      path: '/Users',
      bulkId,
      data: { schemas: [USER], ...data },
    });
    const answer = await service.request('POST', '/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          operation('a', { userName: 'a', password: 'Hidden-1' }),
          operation('b', { userName: 'A' }),
          operation('c', { userName: 'c' }),
        ],
      },
    });
    expect(answer.status).toBe(200);
    await drained(service.url);
    await service.close();
    const messages = await takeAll(broker.url, queue);
    expect(messages.map(({ json }) => json.resource.userName)).toEqual(['a', 'c']);
    expect(messages[0]?.json.resource).not.toHaveProperty('password');
  });

  it('R-279 go to a queue of the tenant; measures are for who may know', async () => {
    const service = await startService({
      ...environment(),
      TENANTS: '{"acme":{"keys":["acme-key"]}}',
    });
    const acme = { Authorization: 'Bearer acme-key' };
    const body = { schemas: [USER], userName: 'theirs' };
    await service.request('POST', '/Users', { body, headers: acme });
    await service.request('POST', '/Users', { body: { ...body, userName: 'ours' } });
    await drained(service.url);
    const read = async (headers: Record<string, string>) =>
      (await fetch(`${service.url}/metrics`, { headers })).text();
    await eventually(async () => (await read(acme)).includes('published_total{tenant="acme"} 1'));
    expect(await read(acme)).not.toContain('default');
    expect(await read({ 'x-api-key': 'test-key' })).toContain('acme');
    expect((await fetch(`${service.url}/metrics`)).status).toBe(401);
    await service.close();
    const names = async (name: string) =>
      (await takeAll(broker.url, name)).map(({ json }) => json.resource.userName);
    expect(await names(queue)).toEqual(['ours']);
    expect(await names(`${queue}.acme`)).toEqual(['theirs']);
  });

  it('reach a broker by amqps, with a certificate that the process trusts', async () => {
    const secure = { ...environment(), AMQP: broker.tls.url, METRICS_PUBLIC: 'true' };
    const service = await startService(secure);
    const body = { schemas: [USER], userName: 'jane' };
    expect((await service.request('POST', '/Users', { body })).status).toBe(201);
    // This process does not trust it: the event waits, and measures need no key.
    await eventually(async () =>
      (await (await fetch(`${service.url}/metrics`)).text()).includes(
        'failing{tenant="default"} 1',
      ),
    );
    await service.close();
    await drained(await start({ ...secure, NODE_EXTRA_CA_CERTS: broker.tls.ca }));
    await end('SIGTERM');
    expect(await takeAll(broker.url, queue)).toHaveLength(1);
  }, 30_000);

  it('wait while the broker is away, and health, measures and log say so', async () => {
    const service = await startService(environment());
    const load = new EventLoad(() => service.url, 'test-key');
    const health = async () => (await fetch(`${service.url}/health`)).text();
    load.start(4);
    await eventually(() => load.answered > 50);
    await broker.stop('SIGTERM');
    await eventually(async () => (await health()) === '{"status":"degraded"}');
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    const before = load.answered;
    await eventually(() => load.answered > before + 50);
    await eventually(async () => {
      const measured = await metrics(service.url);
      return (measured.get('scim_events_oldest_age_seconds') ?? 0) > 3;
    });
    const measured = await metrics(service.url);
    expect(measured.get('scim_events_pending')).toBeGreaterThan(50);
    expect(measured.get('scim_events_failing')).toBe(1);
    await broker.start();
    await drained(service.url).catch(() => undefined);
    await load.stop();
    await drained(service.url);
    expect(await health()).toBe('{"status":"OK"}');
    // One line when it began and one when it was over, not one for each try.
    const told = service.log.filter(({ outbox }) => outbox !== undefined);
    expect(told).toHaveLength(1);
    await service.close();
    load.verify(await takeAll(broker.url, queue));
  }, 300_000);

  it('survive a broker that is killed in the middle of publishing', async () => {
    const service = await startService(environment());
    const load = new EventLoad(() => service.url, 'test-key');
    load.start(6);
    for (let kill = 0; kill < 2; kill++) {
      const next = load.answered + 150;
      await eventually(() => load.answered > next);
      await broker.stop('SIGKILL');
      await eventually(async () => (await metrics(service.url)).get('scim_events_failing') === 1);
      await broker.start();
    }
    await load.stop();
    await drained(service.url);
    await service.close();
    load.verify(await takeAll(broker.url, queue));
  }, 300_000);

  it('survive a service that is killed at random points', async () => {
    let url = 'http://127.0.0.1:9';
    const load = new EventLoad(() => url, 'test-key');
    load.start(6);
    for (let kill = 0; kill < 4; kill++) {
      url = await start();
      const next = load.answered + 20;
      await eventually(() => load.answered > next);
      await delay(Math.random() * 300);
      await end('SIGKILL');
    }
    await load.stop();
    await drained(await start());
    await end('SIGTERM');
    expect(load.answered).toBeGreaterThan(80);
    load.verify(await takeAll(broker.url, queue));
  }, 300_000);
});
