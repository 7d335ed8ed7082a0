import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendError, type Stored } from '#backend';
import { childDn, escapeValue, parseDn } from './mapping/dn.js';
import {
  delta,
  groupDraft,
  groupType,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  search,
  USERS,
  userDraft,
  userType,
} from './testing/scratch.js';
import { noSlapd } from './testing/slapd.js';

/** Everything that means something in a name (RFC 4514), a filter (RFC 4515) or an address. */
const SPECIAL = [...'\\,+"<>;=#*()&|!~/?:%{}[]\'`$^@', ' ', '\u0000', '\n', '\u00e9', '\u{1f600}'];
const TEXTS = [
  ...SPECIAL,
  ...SPECIAL.map((character) => `${character}a${character}b${character}`),
  '*)(uid=*',
  '*)(|(objectClass=*)',
  'x,ou=Groups',
  `x,${USERS}`,
  'a+uid=b',
  '#04024869',
  '\\2a\\28',
  '\\',
  'a\\',
  '  two blanks  ',
];

describe('names', () => {
  it.each(TEXTS)('%j is a value, and comes back as it was', (text) => {
    const dn = childDn('cn', text, USERS);
    expect(parseDn(dn)?.map((rdn) => rdn.length)).toEqual([1, 1, 1, 1]);
    expect(parseDn(dn)?.[0]).toEqual([{ type: 'cn', value: text }]);
  });

  it('reads what servers write', () => {
    expect(parseDn('CN=Zo\\C3\\AB, ou = Users ,dc=org')).toEqual([
      [{ type: 'cn', value: 'Zo\u00eb' }],
      [{ type: 'ou', value: 'Users' }],
      [{ type: 'dc', value: 'org' }],
    ]);
    expect(parseDn('cn=a+sn=b,dc=org')?.[0]).toHaveLength(2);
    expect(escapeValue(' a ')).toBe('\\20a\\20');
    for (const wrong of ['cn', '=x', 'cn=a,', 'cn=a\\', 'c n=x', 'cn=#0401']) {
      expect(parseDn(wrong)).toBeUndefined();
    }
  });
});

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`special characters in a directory ${missing ?? ''}`, () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeAll(async () => {
    scratch = await Scratch.start();
    opened = await scratch.open();
    await opened.users.put({ ...userDraft('bystander'), id: 'bystander' }, { now: NOW });
  });
  afterAll(() => scratch?.remove());

  it('are values and nothing else: in ids and members', async () => {
    const { users, groups } = opened;
    const group = await groups.put(groupDraft('special'), { now: NOW });
    for (const id of TEXTS) {
      const draft = { ...userDraft(`user of ${JSON.stringify(id)}`), id };
      const stored = await users.put(draft, { now: NOW }).catch((error: unknown) => {
        if (error instanceof BackendError && error.code === 'invalid-id') return undefined;
        throw error;
      });
      expect((await users.get(id))?.id).toBe(stored?.id);
      if (stored === undefined) continue;
      await groups.applyDelta?.(group.id, delta([id]), { now: NOW });
      expect(await membersOf(groups, group.id)).toEqual([id]);
      expect((await search(groups, groupType, `members eq ${JSON.stringify(id)}`)).ids).toEqual([
        group.id,
      ]);
      expect((await users.displays?.([id, 'bystander']))?.size).toBe(2);
      await groups.applyDelta?.(group.id, delta([], [id]), { now: NOW });
      expect(await membersOf(groups, group.id)).toEqual([]);
      expect((await users.delete(id, { now: NOW }))?.deleted.id).toBe(id);
    }
    expect(await ids()).toEqual(['bystander']);
  });

  it('are values and nothing else: in attributes and filters', async () => {
    const { users } = opened;
    for (const text of TEXTS) {
      const emails = [{ value: text, type: text }, { value: `${text}@example.org` }];
      const over = { displayName: text, emails, externalId: text, title: text };
      const stored = await users.put(userDraft(`u${text}`, over), { now: NOW });
      expect(await users.get(stored.id)).toEqual(stored);
      const literal = JSON.stringify(text);
      for (const filter of [
        `userName eq ${JSON.stringify(`u${text}`)}`,
        `externalId eq ${literal}`,
        `displayName eq ${literal}`,
        `displayName sw ${literal} and displayName ew ${literal}`,
        `emails.value eq ${literal}`,
        `emails[value co ${JSON.stringify(`${text}@`)}]`,
      ]) {
        expect((await search(users, userType, filter)).ids, filter).toEqual([stored.id]);
      }
      await users.delete(stored.id, { now: NOW });
    }
    expect(await ids()).toEqual(['bystander']);
  });

  async function ids(): Promise<readonly string[]> {
    const found: Stored[] = [];
    for await (const stored of opened.users.scan()) found.push(stored);
    return found.map(({ id }) => id);
  }
});
