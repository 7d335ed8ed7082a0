import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRegistry, typeNamed } from '../../scim/src/testing/registry.js';
import { LdapConnector } from './ldap.connector.js';
import { optionsFor } from './testing/conformance.js';
import { groupDraft, NOW, type Opened, Scratch, USERS, userDraft } from './testing/scratch.js';
import { noSlapd } from './testing/slapd.js';

const missing = noSlapd();

const EXTENSION = 'urn:example:badges';

/** Users with unique numbers, and a list of unique texts. */
const BADGES = {
  'extensions/User/badges.json': {
    id: EXTENSION,
    name: 'Badges',
    attributes: [
      { name: 'number', type: 'integer', uniqueness: 'server' },
      { name: 'weight', type: 'decimal', uniqueness: 'server' },
      { name: 'codes', type: 'string', multiValued: true, uniqueness: 'server' },
    ],
  },
};

describe.skipIf(missing !== undefined)(`what a directory can hold ${missing ?? ''}`, () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeAll(async () => {
    scratch = await Scratch.start({
      overlays: ['unique'],
      unique: 'documentLocation',
      largestMessage: 1_000_000,
    });
    opened = await scratch.open();
  });
  afterAll(() => scratch?.remove());

  it('R-380 is told beforehand, and what is larger is refused for good', async () => {
    const { backend, users } = opened;
    const { largestResource } = backend.supports;
    expect(largestResource).toBeGreaterThan(400_000);
    expect(largestResource).toBeLessThan(500_000);
    const title = 'z'.repeat(400_000);
    const stored = await users.put(userDraft('large', { title }), { now: NOW });
    const write = { ifVersion: stored.meta.version, now: NOW };
    const changed = await users.put({ ...stored, nickName: 'still changeable' }, write);
    expect((await users.get(stored.id))?.nickName).toBe('still changeable');
    const larger = { ...changed, title: 'z'.repeat(largestResource) };
    const put = users.put(larger, { ifVersion: changed.meta.version, now: NOW });
    await expect(put).rejects.toMatchObject({ code: 'unsupported' });
    await expect(put).rejects.toThrow(/at most \d+ octets/);
    expect((await users.get(stored.id))?.meta.version).toBe(changed.meta.version);
    const created = users.put(userDraft('larger', { title: larger.title }), { now: NOW });
    await expect(created).rejects.toMatchObject({ code: 'unsupported' });
    expect(await users.get('nobody')).toBeUndefined();
  });

  it('R-380 holds for members that are added at once', async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `${i}`.padEnd(200, 'x'));
    const created = opened.groups.put(groupDraft('many', many), { now: NOW });
    await expect(created).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('R-377 keeps numbers unique, and takes values that fold to one', async () => {
    const registry = testRegistry(BADGES);
    const type = typeNamed(registry, 'User');
    const backend = await new LdapConnector(optionsFor(scratch.slapd)).open(registry.types);
    const users = backend.store(type);
    const put = (name: string, badges: object) =>
      users.put(
        { ...userDraft(name), schemas: [type.schema.id, EXTENSION], [EXTENSION]: { ...badges } },
        { now: NOW },
      );
    const stored = await put('one', { number: 7, weight: 1.5, codes: ['Q', 'q'] });
    expect(await users.get(stored.id)).toEqual(stored);
    expect(scratch.values(`cn=${stored.id},${USERS}`, 'documentLocation').length).toBeGreaterThan(
      3,
    );
    for (const [path, badges] of [
      ['number', { number: 7 }],
      ['weight', { weight: 1.5 }],
      ['codes', { codes: ['x', 'Q'] }],
    ] as const) {
      await expect(put(`other ${path}`, badges), path).rejects.toMatchObject({
        code: 'unique',
        details: { path: `${EXTENSION}:${path}` },
      });
    }
    await put('others', { number: 8, weight: 1.25, codes: ['y'] });
    await backend.close();
  });
});
