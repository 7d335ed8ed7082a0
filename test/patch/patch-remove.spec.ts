import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { memberIds, PATCHED, patchedGroup, patchedUser } from '../support/patching.js';
import { ENTERPRISE, read } from '../support/scim.js';

const service = describeService();

const user = (attributes?: object) => patchedUser(service, attributes);
const remove = (path: string, value?: unknown) => ({
  op: 'remove',
  path,
  ...(value === undefined ? {} : { value }),
});

it('R-221 remove needs a path', async () => {
  const { refused } = await user();
  await refused('noTarget', { op: 'remove' });
  await refused('noTarget', { op: 'remove', value: { title: 'x' } });
});

describe('R-222 the target is unassigned, the rest stays', () => {
  it.each(['nickName', 'emails', 'name', 'addresses', 'active'])('%s', async (path) => {
    const { apply, made } = await user();
    const after = await apply(remove(path));
    const { [path]: gone, ...rest } = made;
    expect(gone).toBeDefined();
    expect(after).toEqual({ ...rest, meta: after.meta });
  });
  it('name.middleName', async () => {
    const { apply } = await user();
    const after = await apply(remove('name.middleName'));
    expect(after.name).toEqual({ givenName: 'Barbara', familyName: 'Jensen' });
  });
  it('the last sub-attribute takes the attribute with it', async () => {
    const { apply } = await user({ name: { givenName: 'B' }, emails: [{ type: 'work' }] });
    const after = await apply(remove('name.givenName'), remove('emails.type'));
    expect(after).not.toHaveProperty('name');
    expect(after).not.toHaveProperty('emails');
  });
  it('a sub-attribute of every element', async () => {
    const after = await (await user()).apply(remove('emails.type'));
    expect(after.emails).toEqual([
      { value: 'w@a.com', primary: true },
      { value: 'w@b.com' },
      { value: 'h@a.com' },
    ]);
  });
});

describe('R-223 elements by filter', () => {
  it.each<[string, readonly number[]]>([
    ['emails[type eq "work" and value ew "a.com"]', [1, 2]],
    ['emails[type eq "WORK"]', [2]],
    ['emails[not (type eq "work")]', [0, 1]],
    ['emails[primary eq false]', [0]],
    ['emails[type eq "home" or primary eq true]', [1]],
    ['emails[value co "@"]', []],
  ])('%s', async (path, kept) => {
    const after = await (await user()).apply(remove(path));
    const emails = kept.map((i) => PATCHED.emails[i]);
    if (emails.length === 0) expect(after).not.toHaveProperty('emails');
    else expect(after.emails).toEqual(emails);
  });
});

it('R-224 a sub-attribute of the elements that match', async () => {
  const { apply } = await user();
  const after = await apply(remove('addresses[type eq "work"].region'));
  expect(after.addresses).toEqual([{ type: 'work', country: 'US' }, PATCHED.addresses[1]]);
});

describe('R-225 what is required or readOnly stays', () => {
  it.each(['userName', 'id', 'groups', 'meta', 'meta.created', 'schemas', 'groups[value eq "x"]'])(
    '%s',
    async (path) => (await user()).refused('mutability', remove(path)),
  );
  it.each(['displayName', 'id'])('%s of groups', async (path) => {
    const { refused } = await patchedGroup(service, 1);
    await refused('mutability', remove(path));
  });
});

it('R-226 a member by filter, and the groups of that user', async () => {
  const { apply, users, made } = await patchedGroup(service, 3);
  const [a, b, c] = users.map(({ id }) => id);
  expect(memberIds(await apply(remove(`members[value eq "${b}"]`)))).toEqual([a, c].sort());
  expect(await read(service, `/Users/${b}`)).not.toHaveProperty('groups');
  expect((await read(service, `/Users/${a}`)).groups).toMatchObject([{ value: made.id }]);
  const path = `members[value eq "${a}" or value eq "${c}"]`;
  expect(await apply(remove(path))).toMatchObject({ members: [] });
});

it('R-226 a member by other filters', async () => {
  const { apply, users } = await patchedGroup(service, 3);
  const [a, b, c] = users.map(({ id }) => id);
  expect(memberIds(await apply(remove(`members[value ne "${a}"]`)))).toEqual([a]);
  await apply({ op: 'add', path: 'members', value: [{ value: b }, { value: c }] });
  const ref = `${service.url}/Users/${b}`;
  expect(memberIds(await apply(remove(`members[$ref eq "${ref}"]`)))).toEqual([a, c].sort());
  expect(memberIds(await apply(remove('members[type eq "Group"]')))).toEqual([a, c].sort());
  expect(await apply(remove('members[type eq "User"]'))).toMatchObject({ members: [] });
});

describe('R-227 what is not there needs no removal', () => {
  it.each([
    'locale',
    'phoneNumbers',
    'phoneNumbers[type eq "work"]',
    'emails[type eq "other"]',
    'emails[type eq "other"].value',
    'name.honorificPrefix',
    `${ENTERPRISE}:department`,
    ENTERPRISE,
  ])('%s', async (path) => (await user()).unchanged(remove(path)));
  it('members', async () => {
    const { unchanged, users } = await patchedGroup(service, 1);
    await unchanged(remove('members[value eq "unknown"]'));
    await unchanged(remove('members', [{ value: 'unknown' }]));
    await unchanged(
      remove('members[value eq "x"]'),
      remove(`members[value eq "${users[0]?.id}x"]`),
    );
    const empty = await patchedGroup(service, 0);
    await empty.unchanged(remove('members'));
  });
});

describe('R-228 a list of values removes these only', () => {
  it.each<[string, (id: string) => unknown]>([
    ['as a list', (value) => [{ value }]],
    ['as one object', (value) => ({ value })],
    ['with display and $ref', (value) => [{ value, display: 'x', $ref: null }]],
    ['as strings', (value) => [value]],
  ])('members, %s', async (_, form) => {
    const { apply, users } = await patchedGroup(service, 3);
    const [a, b, c] = users.map(({ id }) => id) as [string, string, string];
    expect(memberIds(await apply(remove('members', form(b))))).toEqual([a, c].sort());
    const mixed = [remove('members', form(a)), { op: 'replace', path: 'displayName', value: 'x' }];
    const after = await apply(...mixed);
    expect([memberIds(after), after.displayName]).toEqual([[c], 'x']);
  });
  it('an empty list removes nothing, or is refused; it never empties the group', async () => {
    const { send, users, path } = await patchedGroup(service, 2);
    for (const value of [[], [{}], [null], {}, '']) {
      const { status } = await send(remove('members', value));
      expect([200, 204, 400], JSON.stringify(value)).toContain(status);
      expect(memberIds(await read(service, path)), JSON.stringify(value)).toHaveLength(
        users.length,
      );
    }
  });
  it('of emails', async () => {
    const after = await (await user()).apply(
      remove('emails', [{ value: 'h@a.com', type: 'home' }]),
    );
    expect(after.emails).toEqual(PATCHED.emails.slice(0, 2));
  });
});

it('R-229 members without a value removes all', async () => {
  const { apply, users } = await patchedGroup(service, 3);
  expect(await apply(remove('members'))).toMatchObject({ members: [] });
  for (const { id } of users)
    expect(await read(service, `/Users/${id}`)).not.toHaveProperty('groups');
});

it('R-229 null is no value', async () => {
  const { apply } = await patchedGroup(service, 2);
  expect(await apply({ op: 'remove', path: 'members', value: null })).toMatchObject({
    members: [],
  });
});
