import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHashedPassword, verifyPassword } from '#scim';
import { schemaFolder } from '../support/device.js';
import { create, patchOf, type Resource, read, USER } from '../support/scim.js';
import { removeFolder, scratchFolder } from '../support/scratch.js';
import { type Service, startService } from '../support/service.js';

const VAULT = 'urn:example:params:scim:schemas:extension:Vault:1.0:User';
const attribute = (name: string, more: object) => ({
  name,
  type: 'string',
  multiValued: false,
  ...more,
});
const SCHEMA_PATH = schemaFolder({
  'extensions/User/vault.json': JSON.stringify({
    id: VAULT,
    name: 'Vault',
    attributes: [
      attribute('pin', { mutability: 'writeOnly', returned: 'never' }),
      attribute('answers', { multiValued: true, returned: 'never' }),
      attribute('device', {
        type: 'complex',
        subAttributes: [attribute('label', {}), attribute('code', { returned: 'never' })],
      }),
    ],
  }),
});

interface Kept {
  readonly password: string;
  readonly [VAULT]: { pin: string; answers: string[]; device: { label: string; code: string } };
}

const kept = (service: Service, id: string) =>
  JSON.parse(readFileSync(join(service.dataPath, 'Users', id), 'utf8')) as Kept;

describe('secrets', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ SCHEMA_PATH });
  });
  afterAll(() => service.close());

  it('R-454 of every schema are kept as hashes at today’s cost, in extensions and in parts', async () => {
    const vault = {
      pin: '1234',
      answers: ['blue', 'Rex'],
      device: { label: 'phone', code: 'xyz' },
    };
    const body = { userName: 'a', password: 'pass', [VAULT]: vault };
    const { id } = await create(service, '/Users', body);
    const stored = kept(service, id);
    expect(stored.password).toMatch(/^\$scrypt\$131072\$8\$1\$/);
    const { pin, answers, device } = stored[VAULT];
    expect(device.label).toBe('phone');
    const all = [stored.password, pin, ...answers, device.code];
    const clear = ['pass', '1234', 'blue', 'Rex', 'xyz'];
    expect(all).toHaveLength(clear.length);
    for (const [i, text] of all.entries()) {
      expect(await verifyPassword(clear[i] ?? '', text)).toBe(true);
    }
    // What is not sent keeps its hash.
    await service.request(
      'PATCH',
      `/Users/${id}`,
      patchOf({ op: 'add', path: 'title', value: 'x' }),
    );
    expect(kept(service, id)[VAULT]).toEqual(stored[VAULT]);
    expect(kept(service, id).password).toBe(stored.password);
  });

  it('R-455 the same password again cannot be told from another one', async () => {
    const { id, meta } = await create(service, '/Users', { userName: 'b', password: 'same' });
    const versions = new Set([meta.version]);
    for (const value of ['same', 'other', 'other', 'same']) {
      const change = patchOf({ op: 'replace', path: 'password', value });
      const answer = await service.request('PATCH', `/Users/${id}`, change);
      expect(answer.status).toBe(200);
      versions.add(answer.json<Resource>().meta.version);
    }
    expect(versions.size).toBe(5);
  });

  it('R-454 an older hash stays good until the secret is set again', async () => {
    const { id } = await create(service, '/Users', { userName: 'c', password: 'x' });
    expect(isHashedPassword('$scrypt$16384$8$1$AAAA$AAAA')).toBe(true);
    expect(isHashedPassword(kept(service, id).password)).toBe(true);
    expect(isHashedPassword('in clear')).toBe(false);
  });
});

it('R-454 what the reference kept in clear is hashed after the first start', async () => {
  const folder = scratchFolder('scim-clear-');
  const file = join(folder, 'Users', 'clear-1');
  mkdirSync(join(folder, 'Users'));
  const clear = { schemas: [USER], id: 'clear-1', userName: 'c', password: 'in the clear' };
  writeFileSync(file, JSON.stringify(clear));
  const service = await startService({ DATA_PATH: folder });
  const password = () => (JSON.parse(readFileSync(file, 'utf8')) as Kept).password;
  try {
    await expect.poll(() => isHashedPassword(password()), { timeout: 30_000 }).toBe(true);
    expect(await verifyPassword('in the clear', password())).toBe(true);
    const told = () => service.log.some(({ msg }) => msg === 'secrets in clear were hashed');
    await expect.poll(told).toBe(true);
    expect((await read(service, '/Users/clear-1')).userName).toBe('c');
  } finally {
    await service.close();
    removeFolder(folder);
  }
});

it('R-454 PASSWORDS=drop keeps none', async () => {
  const service = await startService({ PASSWORDS: 'drop' });
  try {
    const { id } = await create(service, '/Users', { userName: 'a', password: 'pass' });
    const body = { schemas: [USER], userName: 'a', password: 'again' };
    expect((await service.request('PUT', `/Users/${id}`, { body })).status).toBe(200);
    expect(kept(service, id).password).toBeUndefined();
    expect((await read(service, `/Users/${id}`)).userName).toBe('a');
  } finally {
    await service.close();
  }
});
