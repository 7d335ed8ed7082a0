import { describe, expect, it } from 'vitest';
import { errorOf, group, patched, patchedWith, STRICT, Urn, user } from './testing/patches.js';

const emails = [
  { value: 'a@x.org', type: 'work', primary: true },
  { value: 'b@x.org', type: 'home' },
];
const addresses = [
  { type: 'work', locality: 'Utrecht', region: 'UT' },
  { type: 'home', locality: 'Delft' },
];
const members = [{ value: 'a', type: 'User' }, { value: 'b' }, { value: 'c' }];

describe('PATCH remove', () => {
  it('R-319 does not take away immutable parts, with what is around them either', () => {
    const taken = { photo: { value: 'AAAA', taken: '2011-05-13T04:42:34Z' } };
    const before = user({ [Urn.BADGE]: taken });
    const path = `${Urn.BADGE}:photo`;
    for (const operation of [
      { op: 'remove', path },
      { op: 'remove', path: `${path}.taken` },
      { op: 'replace', path, value: null },
      { op: 'remove', path: Urn.BADGE },
    ]) {
      expect(errorOf(() => patched(before, operation))).toBe('400 mutability');
    }
    const after = patched(before, { op: 'remove', path: `${path}.value` });
    expect(after[Urn.BADGE]).toEqual({ photo: { taken: taken.photo.taken } });
  });

  it('R-222 unassigns the target and keeps the rest', () => {
    const before = user({ nickName: 'n', emails, name: { givenName: 'A', middleName: 'M' } });
    const result = patched(
      before,
      { op: 'remove', path: 'nickName' },
      { op: 'remove', path: 'emails' },
      { op: 'remove', path: 'name.middleName' },
    );
    expect(result).toEqual(user({ name: { givenName: 'A' } }));
    expect(patched(result, { op: 'remove', path: 'name.givenName' })).toEqual(user());
  });

  it('R-223 removes the elements that meet the whole filter', () => {
    const list = [
      { value: 'x@a.com', type: 'work' },
      { value: 'x@a.com', type: 'home' },
      { value: 'y@b.com', type: 'work' },
    ];
    const remove = { op: 'remove', path: 'emails[type eq "work" and value ew "a.com"]' };
    expect(patched(user({ emails: list }), remove).emails).toEqual([list[1], list[2]]);
    expect(patched(user({ emails: list.slice(0, 1) }), remove)).toEqual(user());
  });

  it('R-224 removes a sub-attribute of the matches; an empty element goes', () => {
    const remove = { op: 'remove', path: 'addresses[type eq "work"].region' };
    expect(patched(user({ addresses }), remove).addresses).toEqual([
      { type: 'work', locality: 'Utrecht' },
      addresses[1],
    ]);
    expect(
      patched(user({ emails: [{ value: 'a' }] }), { op: 'remove', path: 'emails.value' }),
    ).toEqual(user());
  });

  it.each([
    [user(), 'userName'],
    [user(), 'id'],
    [user(), 'groups'],
    [user(), 'meta'],
    [group(), 'displayName'],
    [user(), 'groups[value eq "x"]'],
    [user(), 'schemas'],
  ])('R-225 refuses to remove what is required or readOnly (%#)', (before, path) => {
    expect(errorOf(() => patched(before, { op: 'remove', path }))).toBe('400 mutability');
  });

  it('R-226 removes a member by filter', () => {
    const remove = { op: 'remove', path: 'members[value eq "b"]' };
    expect(patched(group({ members }), remove).members).toEqual([members[0], members[2]]);
  });

  it.each([
    [group({ members }), 'members[value eq "z"]'],
    [group({ members }), 'members[display eq "z"]'],
    [group(), 'members'],
    [user(), 'title'],
    [user(), 'name.givenName'],
    [user(), 'emails[type eq "work"]'],
    [user(), 'emails[type eq "work"].value'],
    [user(), 'emails.value'],
    [user(), Urn.ENTERPRISE],
    [user(), `${Urn.ENTERPRISE}:manager.value`],
  ])('R-227 removing what is not there gives the very same resource (%#)', (before, path) => {
    expect(patched(before, { op: 'remove', path })).toBe(before);
  });

  it('R-228 removes only the members that are listed', () => {
    const value = [{ value: 'a' }, { value: 'z' }];
    expect(patched(group({ members }), { op: 'Remove', path: 'members', value }).members).toEqual([
      members[1],
      members[2],
    ]);
    expect(
      patched(group({ members }), {
        op: 'Remove',
        path: 'members',
        value: { $ref: null, value: 'b' },
      }).members,
    ).toEqual([members[0], members[2]]);
    expect(
      patched(group({ members }), { op: 'Remove', path: 'members', value: [] }).members,
    ).toEqual(members);
    expect(
      errorOf(() =>
        patchedWith(STRICT, group({ members }), { op: 'remove', path: 'members', value }),
      ),
    ).toBe('400 invalidValue');
  });

  it('R-228 removes listed elements of other attributes by what the list says of them', () => {
    expect(
      patched(user({ emails }), { op: 'remove', path: 'emails', value: [{ value: 'A@x.org' }] })
        .emails,
    ).toEqual([emails[1]]);
    expect(
      patched(user({ emails }), {
        op: 'remove',
        path: 'emails',
        value: [{ value: 'a@x.org', type: 'home' }],
      }).emails,
    ).toEqual(emails);
  });

  it('R-229 removes all members', () => {
    expect(patched(group({ members }), { op: 'remove', path: 'members' })).toEqual(group());
    expect(patched(group({ members }), { op: 'remove', path: 'members', value: null })).toEqual(
      group(),
    );
  });
});
