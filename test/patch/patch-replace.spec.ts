import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { DEPARTMENT, memberIds, PATCHED, patchedGroup, patchedUser } from '../support/patching.js';
import { ENTERPRISE, list, read } from '../support/scim.js';

const service = describeService();

const user = (attributes?: object) => patchedUser(service, attributes);
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

it('R-230 without path every member of the value is replaced', async () => {
  const { apply, made } = await user();
  const value = { displayName: 'New', emails: [{ value: 'n@x.org' }], name: { givenName: 'N' } };
  const after = await apply({ op: 'replace', value });
  expect(after).toEqual({
    ...made,
    ...value,
    name: { ...PATCHED.name, givenName: 'N' },
    meta: after.meta,
  });
});

it('R-231 what is unassigned is added', async () => {
  const { apply } = await user({});
  const after = await apply(
    replace('title', 'T'),
    replace('name.givenName', 'G'),
    replace('emails', [{ value: 'e' }]),
    replace(DEPARTMENT, 'D'),
  );
  expect(after).toMatchObject({
    title: 'T',
    name: { givenName: 'G' },
    emails: [{ value: 'e' }],
    [ENTERPRISE]: { department: 'D' },
  });
});

it('R-232 complex attributes keep what is not named', async () => {
  const { apply } = await user();
  expect((await apply(replace('name', { givenName: 'G' }))).name).toEqual({
    ...PATCHED.name,
    givenName: 'G',
  });
  expect((await apply(replace('name', { givenName: null }))).name).toEqual({
    familyName: 'Jensen',
    middleName: 'J',
  });
  expect(await apply(replace('name', null))).not.toHaveProperty('name');
});

it('R-233 lists are replaced as a whole', async () => {
  const { apply } = await user();
  expect((await apply(replace('emails', [{ value: 'n' }]))).emails).toEqual([{ value: 'n' }]);
  expect((await apply(replace('emails', { value: 'm' }))).emails).toEqual([{ value: 'm' }]);
  for (const empty of [[], null]) {
    expect(await apply(replace('emails', empty))).not.toHaveProperty('emails');
    await apply(replace('emails', [{ value: 'n' }]));
  }
});

it('R-234 a sub-attribute of every element that matches', async () => {
  const { apply } = await user();
  const { emails } = await apply(replace('emails[type eq "work"].value', 'same@x.org'));
  const values = (emails as { value: string }[]).map(({ value }) => value);
  expect(new Set(values)).toEqual(new Set(['same@x.org', 'h@a.com']));
  const all = await apply(replace('addresses.country', 'NL'));
  expect(all.addresses).toEqual(PATCHED.addresses.map((one) => ({ ...one, country: 'NL' })));
});

describe('R-235 R-236 elements that match', () => {
  it('are replaced', async () => {
    const { apply } = await user();
    const value = { type: 'work', locality: 'L' };
    const after = await apply(replace('addresses[type eq "work"]', value));
    expect(after.addresses).toEqual([value, PATCHED.addresses[1]]);
  });
  it('and keep what the filter says', async () => {
    const { apply } = await user();
    const after = await apply(replace('addresses[type eq "work"]', { locality: 'L' }));
    expect(after.addresses).toEqual([{ type: 'work', locality: 'L' }, PATCHED.addresses[1]]);
  });
  it('unless the value says otherwise', async () => {
    const { apply } = await user();
    const after = await apply(replace('addresses[type eq "work"]', { type: 'other', region: 'X' }));
    expect(after.addresses).toEqual([{ type: 'other', region: 'X' }, PATCHED.addresses[1]]);
  });
});

describe('R-237 no match is noTarget', () => {
  it.each<[string, unknown]>([
    ['emails[type eq "other"].value', 'x'],
    ['emails[type eq "other"]', { value: 'x' }],
    ['phoneNumbers[type eq "work"].value', 'x'],
    ['phoneNumbers.value', 'x'],
    ['emails[type eq "work" and type eq "home"].value', 'x'],
  ])('%s', async (path, value) => (await user()).refused('noTarget', replace(path, value)));
  it('of members', async () => {
    const { refused } = await patchedGroup(service, 1);
    await refused('noTarget', replace('members[value eq "unknown"]', { value: 'x' }));
  });
});

describe("R-238 Entra's dialects create the element", () => {
  const expected = { type: 'other', value: 'new@x.org' };
  const path = 'emails[type eq "other"].value';
  it.each<[string, object]>([
    ['capitalised', { op: 'Replace', path, value: 'new@x.org' }],
    [
      'capitalised, with an object',
      { op: 'Replace', path: 'emails[type eq "other"]', value: { value: 'new@x.org' } },
    ],
    ['a path as key', { op: 'replace', value: { [path]: 'new@x.org' } }],
    ['both', { op: 'Replace', value: { [path]: 'new@x.org', title: 'T' } }],
  ])('%s', async (_, operation) => {
    const after = await (await user()).apply(operation);
    expect(after.emails).toEqual([...PATCHED.emails, expected]);
  });
  it.each(['emails[type ne "work" and type eq "x"].value', 'emails[not (value pr)].value'])(
    'but not from %s',
    async (other) => (await user()).refused('noTarget', { op: 'Replace', path: other, value: 'x' }),
  );
  it('one such operation does not make the others of its request lenient', async () => {
    const { refused } = await user();
    await refused(
      'noTarget',
      { op: 'Replace', path, value: 'x' },
      replace('ims[type eq "a"].value', 'x'),
    );
  });
});

it('R-239 an inactive user is readable and listed', async () => {
  const { apply, made, path } = await user();
  expect((await apply(replace('active', false))).active).toBe(false);
  expect((await read(service, path)).active).toBe(false);
  const filter = `userName eq "${made.userName}"`;
  expect((await list(service, '/Users', { filter })).totalResults).toBe(1);
  expect((await apply(replace('active', true))).active).toBe(true);
});

it.each([
  { op: 'replace', value: { active: false } },
  { op: 'replace', path: 'active', value: 'False' },
  { op: 'Replace', path: 'ActiVe', value: 'false' },
  { op: 'Replace', value: { ACTIVE: 'FALSE' } },
])('R-240 %j deactivates', async (operation) => {
  expect((await (await user()).apply(operation)).active).toBe(false);
});

it('R-241 readOnly members of a value are ignored', async () => {
  const { apply, made, users } = await patchedGroup(service, 1);
  const value = { id: 'other', displayName: 'x', meta: { created: 'y' }, schemas: made.schemas };
  const after = await apply({ op: 'replace', value });
  expect(after).toMatchObject({ id: made.id, displayName: 'x' });
  expect(after.meta.created).toBe(made.meta.created);
  expect(memberIds(after)).toEqual([users[0]?.id]);
});

it.each([
  { op: 'replace', path: 'members', value: [] },
  { op: 'replace', path: 'members', value: null },
  { op: 'replace', value: { members: [] } },
])('R-242 %j empties a group', async (operation) => {
  const { apply, users, unchanged } = await patchedGroup(service, 2);
  expect(await apply(operation)).toMatchObject({ members: [] });
  for (const { id } of users)
    expect(await read(service, `/Users/${id}`)).not.toHaveProperty('groups');
  await unchanged(operation);
});

it('R-243 the members are exactly those of the value', async () => {
  const { apply, users, unchanged, made } = await patchedGroup(service, 3);
  const [a, b, c] = users.map(({ id }) => id);
  const value = [{ value: b }, { value: a }, { value: b }];
  expect(memberIds(await apply(replace('members', value)))).toEqual([a, b].sort());
  expect(await read(service, `/Users/${c}`)).not.toHaveProperty('groups');
  await unchanged(replace('members', [{ value: a }, { value: b }]));
  expect(memberIds(await apply({ op: 'replace', value: { members: [{ value: c }] } }))).toEqual([
    c,
  ]);
  expect((await read(service, `/Users/${c}`)).groups).toMatchObject([{ value: made.id }]);
});

describe('R-244 null, empty and missing values', () => {
  it.each<[string, object]>([
    ['mutability', replace('userName', null)],
    ['mutability', replace('userName', [])],
    ['mutability', { op: 'replace', value: { userName: null } }],
    ['invalidValue', replace('userName', '')],
    ['invalidValue', replace('userName', '   ')],
    ['invalidValue', { op: 'replace', path: 'title' }],
    ['invalidValue', { op: 'replace' }],
  ])('%s for %j', async (scimType, operation) => (await user()).refused(scimType, operation));
  it('unassign what is not required', async () => {
    const { apply, path } = await user();
    for (const target of ['title', 'name.givenName', 'emails[type eq "home"]', 'nickName']) {
      await apply(replace(target, null));
    }
    const { title, nickName, name, emails } = await read(service, path);
    expect([title, nickName]).toEqual([undefined, undefined]);
    expect(name).toEqual({ familyName: 'Jensen', middleName: 'J' });
    expect(emails).toEqual(PATCHED.emails.slice(0, 2));
  });
});

describe('R-245 the same value again changes nothing', () => {
  it.each<[string, unknown]>([
    ['title', 'Guide'],
    ['name', PATCHED.name],
    ['emails', PATCHED.emails],
    ['emails[type eq "home"]', PATCHED.emails[2]],
    ['emails[type eq "home"].value', 'h@a.com'],
    ['active', 'True'],
    ['locale', null],
  ])('%s %j', async (path, value) => {
    const { unchanged } = await user();
    await unchanged(replace(path, value));
    await unchanged(replace('title', 'other'), replace('title', 'Guide'), replace(path, value));
  });
});

describe('a rename with changes of members in one PATCH', () => {
  it.each(['before', 'between', 'after'])('%s them', async (place) => {
    const { apply, users, made } = await patchedGroup(service, 2);
    const { made: added } = await user({});
    const [a, b] = users.map(({ id }) => id);
    const operations: object[] = [
      { op: 'add', path: 'members', value: [{ value: added.id }] },
      { op: 'remove', path: `members[value eq "${a}"]` },
    ];
    operations.splice(
      ['before', 'between', 'after'].indexOf(place),
      0,
      replace('displayName', place),
    );
    const after = await apply(...operations);
    expect(after.displayName).toBe(place);
    expect(memberIds(after)).toEqual([added.id, b].sort());
    const groups = [{ value: made.id, display: place }];
    for (const id of [added.id, b]) {
      expect((await read(service, `/Users/${id}`)).groups).toMatchObject(groups);
    }
    expect(await read(service, `/Users/${a}`)).not.toHaveProperty('groups');
  });
});
