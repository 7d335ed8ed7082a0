import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { existing, groupType, tick, userDraft, userType } from '#backend-testkit';
import { type Filter, parseFilter, type ResourceType } from '#scim';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { type Opened, Scratch } from './testing/scratch.js';

/** What would be an operator, a path or a pattern, were it not a text. */
const TEXTS = [
  '{"$gt": ""}',
  '$where',
  '$where: "sleep(1000)"',
  '.*',
  '^a|b$',
  '(a+)+$',
  '\\x61\\Q[a-z]\\E',
  '$_id',
  '$$ROOT',
  'a.b.c',
  'a\u0000b',
  '[]{}()/-#^',
  'x\n',
];

describe.skipIf(whyNoMongo('replica set'))('texts of clients', () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeAll(async () => {
    scratch = await Scratch.start('replica set');
    opened = await scratch.open();
    for (const text of TEXTS) await opened.createUser({ displayName: text, title: 'some' });
    await opened.createUser({ displayName: 'aab', title: 'some' });
  });
  afterAll(() => scratch?.remove());

  async function find(type: ResourceType, filter: Filter): Promise<readonly unknown[]> {
    const repository = type === userType ? opened.users : opened.groups;
    const { items } = await repository.query({ filter, start: { offset: 0 }, limit: 99 });
    return items.map(({ displayName }) => displayName);
  }

  for (const text of TEXTS) {
    it(`R-411 are values and nothing else: ${JSON.stringify(text)}`, async () => {
      for (const operator of ['eq', 'co', 'sw', 'ew']) {
        const filter = parseFilter(`displayName ${operator} ${JSON.stringify(text)}`, userType);
        const found = await find(userType, filter);
        const expected = [...TEXTS, 'aab'].filter((other) => {
          if (operator === 'eq') return other === text;
          if (operator === 'co') return other.includes(text);
          return operator === 'sw' ? other.startsWith(text) : other.endsWith(text);
        });
        expect([operator, [...found].sort()]).toEqual([operator, expected.sort()]);
      }
      expect(await opened.users.get(text)).toBeUndefined();
      const members = parseFilter(`members eq ${JSON.stringify(text)}`, groupType);
      expect(await find(groupType, members)).toEqual([]);
    });
  }

  it('R-411 an object where a text is expected finds nothing, also in a tree made by hand', async () => {
    const displayName = userType.attributes.get('displayname');
    if (displayName === undefined) throw new Error('users have no displayName');
    const path = { element: false, attribute: displayName, sub: undefined };
    const value = { $gt: '' } as unknown as string;
    for (const operator of ['eq', 'sw', 'co', 'ne', 'gt'] as const) {
      expect(await find(userType, { kind: 'compare', path, operator, value })).toEqual([]);
    }
  });

  it('R-412 names that MongoDB dislikes come back as they were sent', async () => {
    const odd = JSON.parse(
      '{"$set": {"a.b": 1}, "_scim": "x", "_id": "y", "a.b": [{"$gt": ""}], "%2E": 1, "n\\u0000l": true, "__proto__": {"polluted": "yes"}}',
    );
    const draft = { ...userDraft(), 'urn:x.y:odd': odd };
    const { stored } = await opened.users.put(draft, { now: tick() });
    const read = await existing(opened.users, stored.id);
    expect(JSON.stringify(read['urn:x.y:odd'])).toBe(JSON.stringify(odd));
    expect({}).not.toHaveProperty('polluted');
  });

  it('R-412 texts that are no whole Unicode, as others may have left them, come back as they are', async () => {
    for (const half of ['a\ud800z', 'a\udfffz']) {
      const user = await opened.createUser({ displayName: half });
      expect((await existing(opened.users, user.id)).displayName).toBe(half);
    }
  });
});
