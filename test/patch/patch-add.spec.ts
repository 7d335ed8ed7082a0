import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { DEPARTMENT, memberIds, PATCHED, patchedGroup, patchedUser } from '../support/patching.js';
import { create, ENTERPRISE, type Resource, read } from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService();

const user = (attributes?: object) => patchedUser(service, attributes);
const add = (path: string, value: unknown) => ({ op: 'add', path, value });

it.each(['title', 'emails', 'name', 'emails[type eq "work"]', ENTERPRISE, undefined])(
  'R-208 add to %s needs a value',
  async (path) => {
    const { refused } = await user();
    await refused('invalidValue', { op: 'add', ...(path === undefined ? {} : { path }) });
  },
);

it('R-209 without path every member of the value is added', async () => {
  const { apply } = await user();
  const value = {
    emails: [{ value: 'n@x.org' }],
    nickName: 'N',
    [ENTERPRISE]: { department: 'D' },
  };
  const after = await apply({ op: 'add', value });
  expect(after.emails).toEqual([...PATCHED.emails, { value: 'n@x.org' }]);
  expect(after).toMatchObject({ nickName: 'N', title: 'Guide', [ENTERPRISE]: { department: 'D' } });
});

describe('R-210 single values', () => {
  it('are replaced', async () => {
    expect((await (await user()).apply(add('title', 'New'))).title).toBe('New');
  });
  it('of complex attributes are merged', async () => {
    const { apply } = await user();
    expect((await apply(add('name', { givenName: 'B' }))).name).toEqual({
      ...PATCHED.name,
      givenName: 'B',
    });
    expect((await apply(add('name.familyName', 'J'))).name).toMatchObject({
      givenName: 'B',
      familyName: 'J',
    });
  });
});

it('R-211 elements are appended', async () => {
  const { apply } = await user();
  const two = [{ value: 'x@x.org' }, { value: 'y@x.org', type: 'other' }];
  expect((await apply(add('emails', two))).emails).toEqual([...PATCHED.emails, ...two]);
  const three = await apply(add('emails', { value: 'z@x.org' }));
  expect(three.emails).toEqual([...PATCHED.emails, ...two, { value: 'z@x.org' }]);
});

describe('R-212 R-213 what is there already changes nothing', () => {
  it.each<[string, unknown]>([
    ['emails', PATCHED.emails],
    ['emails', [PATCHED.emails[1]]],
    ['emails', []],
    ['title', 'Guide'],
    ['name', { givenName: 'Barbara' }],
    ['name.familyName', 'Jensen'],
    ['emails[type eq "home"].value', 'h@a.com'],
    ['addresses[type eq "work"]', { region: 'CA' }],
    ['active', true],
    ['active', 'True'],
  ])('%s %j', async (path, value) => (await user()).unchanged(add(path, value)));

  it('nor does a member, with whatever it comes', async () => {
    const { users, unchanged } = await patchedGroup(service, 2);
    const id = users[0]?.id;
    await unchanged(add('members', [{ value: id }]));
    await unchanged(
      add('members', [{ value: id, display: 'x', $ref: 'https://x/y', type: 'User' }]),
    );
    await unchanged(add('members', { value: id }), add('members', [{ value: id }, { value: id }]));
    await unchanged({ op: 'add', value: { members: [{ value: id }] } });
  });
  it('what is there beside something new does', async () => {
    const { apply, made } = await user();
    const after = await apply(add('emails', [PATCHED.emails[0], { value: 'n@x.org' }]));
    expect(after.emails).toHaveLength(4);
    expect(after.meta.lastModified > made.meta.lastModified).toBe(true);
  });
});

it('R-214 a sub-attribute makes its parent', async () => {
  const { apply } = await user({});
  expect((await apply(add('name.givenName', 'B'))).name).toEqual({ givenName: 'B' });
  expect((await apply(add(`${ENTERPRISE}:manager.value`, ''))).name).toEqual({ givenName: 'B' });
});

describe('R-215 elements that a filter finds', () => {
  it('get the sub-attribute, each of them', async () => {
    const after = await (await user()).apply(add('emails[type eq "work"].display', 'D'));
    expect(after.emails).toEqual([
      { ...PATCHED.emails[0], display: 'D' },
      { ...PATCHED.emails[1], display: 'D' },
      PATCHED.emails[2],
    ]);
  });
  it('are merged with an object', async () => {
    const after = await (await user()).apply(add('addresses[type eq "work"]', { locality: 'L' }));
    expect(after.addresses).toEqual([
      { ...PATCHED.addresses[0], locality: 'L' },
      PATCHED.addresses[1],
    ]);
  });
});

describe('R-216 an element that a filter describes is made', () => {
  it.each<[string, unknown, object]>([
    ['phoneNumbers[type eq "work"].value', '+1', { type: 'work', value: '+1' }],
    ['phoneNumbers[type eq "work"]', { value: '+1' }, { type: 'work', value: '+1' }],
    [
      'phoneNumbers[type eq "work" and primary eq true].value',
      '+1',
      { type: 'work', primary: true, value: '+1' },
    ],
    ['phoneNumbers[type eq "work" and primary eq "True"].value', '+1', { primary: true }],
  ])('%s', async (path, value, expected) => {
    const after = await (await user()).apply(add(path, value));
    expect(after.phoneNumbers).toMatchObject([expected]);
  });
  it.each([
    'phoneNumbers[type ne "work"].value',
    'phoneNumbers[not (type eq "work")].value',
    'phoneNumbers[type eq "a" or type eq "b"].value',
    'phoneNumbers[value pr].type',
  ])('but not from %s', async (path) => (await user()).refused('noTarget', add(path, 'x')));
});

it('R-217 keys of a value without path are paths', async () => {
  const { apply } = await user({});
  const after = await apply({
    op: 'add',
    value: {
      'name.givenName': 'G',
      'NAME.familyname': 'F',
      [DEPARTMENT]: 'D',
      [`${ENTERPRISE}:employeeNumber`]: '7',
      'emails[type eq "work"].value': 'w@x.org',
      active: false,
    },
  });
  expect(after).toMatchObject({
    name: { givenName: 'G', familyName: 'F' },
    [ENTERPRISE]: { department: 'D', employeeNumber: '7' },
    emails: [{ type: 'work', value: 'w@x.org' }],
    active: false,
  });
  expect(Object.keys(after).filter((key) => /[.[]/.test(key))).toEqual([ENTERPRISE]);
});

it('R-217 hostile keys are no paths', async () => {
  const { path } = await user();
  const text = (value: string) =>
    `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":${value}}]}`;
  for (const value of [
    '{"__proto__":{"polluted":true}}',
    '{"__proto__.polluted":true}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"constructor.prototype.polluted":true}',
    '{"name":{"__proto__":{"polluted":true}}}',
    `{"${ENTERPRISE}":{"__proto__":{"polluted":true}}}`,
  ]) {
    const answer = await service.request('PATCH', path, { body: text(value) });
    expect([200, 400], value).toContain(answer.status);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(answer.text).not.toContain('polluted');
  }
});

it('R-218 a member may come with $ref null', async () => {
  const { users, apply } = await patchedGroup(service, 1);
  const { made } = await user({});
  const after = await apply(add('members', [{ $ref: null, value: made.id }]));
  expect(memberIds(after)).toEqual([users[0]?.id, made.id].sort());
});

it('R-219 a plain string is the value of the manager', async () => {
  const manager = await create(service, '/Users', { userName: 'boss', displayName: 'Boss' });
  const path = `${ENTERPRISE}:manager`;
  for (const value of [manager.id, { value: manager.id }, { value: manager.id, $ref: null }]) {
    const { apply } = await user({});
    const { [ENTERPRISE]: extension } = await apply(add(path, value));
    expect(extension).toMatchObject({ manager: { value: manager.id } });
    const cleared = await apply({ op: 'replace', path, value: '' });
    expect(cleared).not.toHaveProperty([ENTERPRISE]);
  }
});

describe('R-220 UNKNOWN_MEMBERS', () => {
  it.each(['reject', 'skip', 'accept'] as const)('%s', async (setting) => {
    const own = await startService({ UNKNOWN_MEMBERS: setting });
    try {
      const group = await patchedGroup(own, 1);
      const known = await create(own, '/Users', { userName: 'known' });
      const one = group.users[0]?.id ?? '';
      const members = [{ value: 'unknown' }, { value: known.id }];
      const forms = [
        [add('members', members)],
        [{ op: 'add', value: { members } }],
        [{ op: 'replace', path: 'members', value: [{ value: one }, ...members] }],
        // With another change it goes the other way through the service.
        [add('displayName', 'renamed'), add('members', members)],
      ];
      for (const operations of forms) {
        if (setting === 'reject') {
          await group.refused('invalidValue', ...operations);
          continue;
        }
        const expected = [one, known.id, ...(setting === 'accept' ? ['unknown'] : [])].sort();
        expect(memberIds(await group.apply(...operations))).toEqual(expected);
        await group.apply({ op: 'replace', path: 'members', value: [{ value: one }] });
        const { groups } = await read(own, `/Users/${known.id}`);
        expect(groups).toBeUndefined();
      }
    } finally {
      await own.close();
    }
  });
  it('reject: a resource that is no member by its type', async () => {
    const { refused, path } = await patchedGroup(service, 1);
    for (const value of ['', '  ', '__proto__', 'constructor', '../Users', '\u0000', path]) {
      await refused('invalidValue', add('members', [{ value }]));
    }
  });
});

describe('hostile members', () => {
  it.each([
    [[null]],
    [[[]]],
    [[5]],
    [[{}]],
    [[{ value: null }]],
    [[{ display: 'x' }]],
    [[{ value: { a: 1 } }]],
  ])('%j does no harm', async (value) => {
    const { send, users, path } = await patchedGroup(service, 1);
    for (const operations of [
      [add('members', value)],
      [add('members', value), add('displayName', 'x')],
      [{ op: 'remove', path: 'members', value }],
    ]) {
      const answer = await send(...operations);
      expect([200, 204, 400], answer.text).toContain(answer.status);
      expect(memberIds(await read(service, path))).toEqual(users.map(({ id }) => id));
    }
    const user = await read(service, `/Users/${users[0]?.id}`);
    expect((user as Resource).groups).toHaveLength(1);
  });
});
