import { describe, expect, it } from 'vitest';
import type { ResourceStore } from '#backend';
import { isHashedPassword, verifyPassword } from '#scim';
import { openPlace } from '../../apps/scimctl/src/place/place.js';
import { patchOf, USER } from '../support/scim.js';
import { removeFolder, scratchFolder, whyNot } from '../support/scratch.js';
import { startService } from '../support/service.js';
import { TEST_STORES } from '../support/stores/list.js';

const STORES = TEST_STORES.filter(({ name }) =>
  ['sqlite', 'postgres', 'mariadb', 'mongo', 'ldap'].includes(name),
);
const CLEAR = 'in the clear';

describe.each(STORES)('R-454 a password that the reference kept in clear, $name', (kind) => {
  it.skipIf(whyNot(...kind.programs) !== undefined)(
    'is hashed after the first start, and so is a new one',
    async () => {
      const store = await kind.start();
      const DATA_PATH = scratchFolder('scim-clear-');
      const environment = { ...store.env, DATA_PATH };
      try {
        const now = new Date().toISOString();
        const id = await withUsers(environment, async (users) => {
          const meta = { resourceType: 'User', created: now, lastModified: now };
          const draft = { schemas: [USER], meta, userName: 'clear', password: CLEAR };
          const stored = await users.put(draft, { now });
          return stored.id;
        });
        const password = () =>
          withUsers(environment, async (users) => String((await users.get(id))?.password));
        expect(await password()).toBe(CLEAR);

        const service = await startService(environment);
        const told = () => service.log.some(({ msg }) => msg === 'secrets in clear were hashed');
        await expect.poll(told, { timeout: 30_000 }).toBe(true);
        await service.close();
        expect(await verifyPassword(CLEAR, await password())).toBe(true);

        const again = await startService(environment);
        const change = patchOf({ op: 'replace', path: 'password', value: 'another' });
        expect((await again.request('PATCH', `/Users/${id}`, change)).status).toBe(200);
        await again.close();
        expect(isHashedPassword(await password())).toBe(true);
        expect(await verifyPassword('another', await password())).toBe(true);
      } finally {
        removeFolder(DATA_PATH);
        await store.remove();
      }
    },
  );
});

/** The store of users itself, past everything that the service does to what it is sent. */
async function withUsers<T>(
  environment: Readonly<Record<string, string>>,
  work: (users: ResourceStore) => Promise<T>,
): Promise<T> {
  const place = await openPlace({ environment, access: 'write', warn: () => undefined });
  try {
    const users = place.registry.types.find(({ name }) => name === 'User');
    if (users === undefined) throw new Error('there are no users');
    return await work(place.backend.store(users));
  } finally {
    await place.close();
  }
}
