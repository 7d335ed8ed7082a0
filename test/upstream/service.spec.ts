import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeJumpCloud } from '../../libs/backend-jumpcloud/src/testing/fake-jumpcloud.js';
import { SEEN } from '../../libs/backend-jumpcloud/src/testing/quirks.js';
import { type Broker, hasBroker, startBroker } from '../../libs/events/src/testing/broker.js';
import { eventually, takeAll } from '../../libs/events/src/testing/consumer.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';
import { jumpCloud } from '../support/stores/jumpcloud.js';
import { upstream } from '../support/stores/scim.js';
import type { TestStore } from '../support/stores/test-store.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SRAM_USER = 'urn:mace:surf.nl:sram:scim:extension:User';
const SRAM_GROUP = 'urn:mace:surf.nl:sram:scim:extension:Group';

interface Made {
  readonly id: string;
  readonly userName?: string;
}

/** The stores that are behind an API, and how further tenants are told where theirs is. */
const STORES = [
  {
    name: 'JumpCloud',
    start: () => jumpCloud('SEEN'),
    chosenBy: 'JUMPCLOUD_URL',
    places: 'JUMPCLOUD_TENANTS',
    route: '/api/systemusers',
  },
  {
    name: 'an upstream server',
    start: upstream,
    chosenBy: 'FORWARD_SCIM_URL',
    places: 'FORWARD_SCIM_TENANTS',
    route: '/Users',
  },
] as const;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function begin(start: () => Promise<TestStore>): Promise<TestStore> {
  const store = await start();
  open.push(() => store.remove());
  return store;
}

async function serve(env: Readonly<Record<string, string>>): Promise<Service> {
  const service = await startService(env);
  open.push(() => service.close());
  return service;
}

describe.skipIf(!hasBroker)('the environment of the predecessor alone', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker?.remove());

  for (const { name, start } of STORES) {
    it(`R-466 makes the service work on ${name}, with mapping and messages`, async () => {
      const store = await begin(start);
      const queue = `SCIM ${name}`;
      const service = await serve({
        ...store.env,
        LOGLEVEL: 'INFO',
        API_KEY: 'the-key',
        PAGE_SIZE: '10',
        BASE_PATH: '/scim',
        AMQP: broker.url,
        QUEUE: queue,
        USER_MAPPING: '{"userName": "sram_user_extension.eduPersonUniqueId"}',
      });
      const post = async (path: string, body: object): Promise<Made> => {
        const answer = await service.request('POST', path, { body });
        expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
        return answer.json<Made>();
      };
      const published = async (count: number) => {
        const text = async () => (await service.request('GET', '/metrics')).text;
        const done = `scim_events_published_total{tenant="default"} ${count}\n`;
        await eventually(async () => (await text()).includes(done));
      };
      const jane = await post('/Users', {
        schemas: [USER, SRAM_USER],
        userName: 'jane',
        password: 's3cret',
        [SRAM_USER]: { eduPersonUniqueId: 'jane@sram' },
      });
      expect(jane.userName).toBe('jane@sram');
      await published(1);
      const urn = 'uuc:ai:teachers';
      const teachers = await post('/Groups', {
        schemas: [GROUP, SRAM_GROUP],
        displayName: 'Teachers',
        members: [{ value: jane.id }],
        [SRAM_GROUP]: { urn },
      });
      await published(2);
      const Operations = [{ op: 'replace', path: 'displayName', value: 'All teachers' }];
      const body = { schemas: [PATCH], Operations };
      const patched = await service.request('PATCH', `/Groups/${teachers.id}`, { body });
      expect([patched.status, patched.body]).toMatchObject([200, { displayName: 'All teachers' }]);
      await published(3);
      expect((await service.request('DELETE', `/Users/${jane.id}`)).status).toBe(204);
      await published(5);
      const received = await takeAll(broker.url, queue);
      const told = received.map(({ json: { operation, resource } }) => [
        operation,
        resource.userName ?? resource.displayName,
        (resource.members ?? []).map(({ value }: { value: string }) => value),
      ]);
      expect(told).toEqual([
        ['Create', 'jane@sram', []],
        ['Create', 'Teachers', [jane.id]],
        ['Update', 'All teachers', [jane.id]],
        ['Update', 'All teachers', []],
        ['Delete', 'jane@sram', []],
      ]);
      for (const { text } of received) expect(text).not.toMatch(/password|s3cret/);
    });
  }
});

describe('tenants', () => {
  it('R-467 each have an upstream server of their own', async () => {
    const [own, acmes] = [await begin(upstream), await begin(upstream)];
    const { FORWARD_SCIM_URL: url, FORWARD_SCIM_KEY: key } = acmes.env;
    const service = await serve({
      ...own.env,
      API_KEY: TEST_KEY,
      TENANTS: JSON.stringify({ acme: { keys: ['acme-key'] } }),
      FORWARD_SCIM_TENANTS: JSON.stringify({ acme: { url, key } }),
    });
    await separate(service);
  });

  it('R-467 each have an organisation of JumpCloud of their own', async () => {
    const own = await FakeJumpCloud.start();
    const acmes = await FakeJumpCloud.start(SEEN, '0123456789abcdef01234567', 'acme-key-there');
    for (const fake of [own, acmes]) open.push(() => fake.stop());
    own.neighbours.push(acmes);
    const service = await serve({
      JUMPCLOUD_URL: own.url,
      JUMPCLOUD_KEY: own.key,
      API_KEY: TEST_KEY,
      TENANTS: JSON.stringify({ acme: { keys: ['acme-key'] } }),
      JUMPCLOUD_TENANTS: JSON.stringify({
        acme: { key: acmes.key, org: '0123456789abcdef01234567' },
      }),
    });
    await separate(service);
    expect([own.organisation.users.size, acmes.organisation.users.size]).toEqual([0, 1]);
  });

  for (const { name, start, chosenBy, places } of STORES) {
    it(`R-467 without a place of their own on ${name} are refused at the start`, async () => {
      const { env } = await begin(start);
      expect(env).toHaveProperty(chosenBy);
      const tenants = { ...env, API_KEY: TEST_KEY, TENANTS: '{"acme": {"keys": ["acme-key"]}}' };
      await expect(startService(tenants)).rejects.toThrow(`${places} has no`);
    });
  }
});

/** Nothing leads from one tenant to the other. */
async function separate(service: Service): Promise<void> {
  const acme = { headers: { Authorization: 'Bearer acme-key' } };
  const body = { schemas: [USER], userName: 'ann' };
  const made = await service.request('POST', '/Users', { ...acme, body });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  const path = `/Users/${made.json<Made>().id}`;
  expect((await service.request('GET', path, acme)).status).toBe(200);
  expect((await service.request('GET', path)).status).toBe(404);
  const all = await service.request('GET', '/Users');
  expect(all.body).toMatchObject({ totalResults: 0 });
}

describe('calls', () => {
  for (const { name, start, route } of STORES) {
    it(`R-469 of ${name} are measured, and nobody is named`, async () => {
      const store = await begin(start);
      const service = await serve(store.env);
      const body = { schemas: [USER], userName: 'named' };
      const made = await service.request('POST', '/Users', { body });
      const { id } = made.json<Made>();
      await service.request('GET', `/Users/${id}`);
      const { text } = await service.request('GET', '/metrics');
      const status = made.status === 201 && name === 'JumpCloud' ? 200 : 201;
      const labels = `{tenant="default",method="POST",route="${route}",status="${status}"}`;
      expect(text).toContain(`scim_store_calls_total${labels} 1\n`);
      expect(text).toContain(`scim_store_repeats_total${labels} 0\n`);
      expect(text).toMatch(/scim_store_call_seconds_total\{.*route="[^"]*\/\{id\}".*\} \d/);
      for (const secret of [id, 'named', ...Object.values(store.env)]) {
        expect(text).not.toContain(secret);
      }
    });
  }
});
