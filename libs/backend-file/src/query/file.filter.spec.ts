import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceStore } from '#backend';
import { isObject, type ResourceType } from '#scim';
import { testRegistry } from '../../../scim/src/testing/registry.js';
import { delta, groupDraft, NOW, Scratch, search, userDraft } from '../testing/scratch.js';

/** Users with an index of e-mail labels as well as of addresses. */
function typeWithLabels(): readonly ResourceType[] {
  const url = new URL('../../../../schemas/resource-types/User.json', import.meta.url);
  const shipped: unknown = JSON.parse(readFileSync(url, 'utf8'));
  if (!isObject(shipped)) throw new Error('no resource type');
  const indexed = ['emails.value', 'emails.display'];
  return testRegistry({ 'resource-types/User.json': { ...shipped, indexed } }).types;
}

function named(types: readonly ResourceType[], name: string): ResourceType {
  const type = types.find((one) => one.name === name);
  if (type === undefined) throw new Error(`no resource type ${name}`);
  return type;
}

describe('a filter answered by indexes', () => {
  let scratch: Scratch;
  let users: ResourceStore;
  let groups: ResourceStore;
  let userType: ResourceType;
  let groupType: ResourceType;
  beforeEach(async () => {
    scratch = new Scratch();
    const types = typeWithLabels();
    userType = named(types, 'User');
    groupType = named(types, 'Group');
    ({ users, groups } = await scratch.open({}, types));
    const emails = [
      { value: 'a@x', display: 'one' },
      { value: 'b@x', display: 'two' },
    ];
    for (const [id, own] of Object.entries({ mixed: emails, first: emails.slice(0, 1) })) {
      await users.put({ ...userDraft(id, { emails: own }), id }, { now: NOW });
    }
  });
  afterEach(() => scratch.remove());

  it('R-120 takes two values of one element for a superset only', async () => {
    const find = (text: string) => search(users, userType, text);
    expect(await find('emails[value eq "a@x" and display eq "two"]')).toEqual({
      ids: [],
      looked: 1,
      exact: false,
    });
    expect(await find('emails.value eq "a@x" and emails.display eq "two"')).toEqual({
      ids: ['mixed'],
      looked: 1,
      exact: true,
    });
    expect(await find('emails[value eq "b@x" or display eq "one"]')).toMatchObject({
      ids: ['first', 'mixed'],
      exact: true,
    });
    expect(await find('emails.value eq "b@x" or title eq "x"')).toMatchObject({ looked: 2 });
    expect(await find('not (emails[value eq "b@x"])')).toMatchObject({ ids: ['first'], looked: 2 });
  });

  it('keeps up with changes', async () => {
    const { meta } = (await users.get('first')) ?? { meta: { version: '' } };
    const draft = {
      ...userDraft('first', { emails: [{ value: 'C@X' }, { value: 'c@x' }] }),
      id: 'first',
    };
    const { meta: next } = await users.put(draft, { ifVersion: meta.version, now: NOW });
    expect((await search(users, userType, 'emails.value eq "c@x"')).ids).toEqual(['first']);
    expect((await search(users, userType, 'emails.value eq "a@x"')).ids).toEqual(['mixed']);
    await users.put({ ...userDraft('first'), id: 'first' }, { ifVersion: next.version, now: NOW });
    expect((await search(users, userType, 'emails.value eq "c@x"')).ids).toEqual([]);
    await users.delete('mixed', { now: NOW });
    expect((await search(users, userType, 'emails.value eq "a@x"')).ids).toEqual([]);
  });

  it('R-405 finds what starts with a text by the index, and keeps up with changes', async () => {
    const find = (text: string) => search(users, userType, text);
    expect(await find('userName sw "MI"')).toEqual({ ids: ['mixed'], looked: 1, exact: true });
    expect(await find('userName sw "x"')).toEqual({ ids: [], looked: 0, exact: true });
    const names = ['mi', 'mix', 'mixe', 'mixed2', 'mj', 'm', 'mi\u{1f600}', 'mi\uffff'];
    for (const name of names) await users.put({ ...userDraft(name), id: name }, { now: NOW });
    const starting = [...names, 'mixed'].filter((name) => name.startsWith('mi')).sort();
    const found = await find('userName sw "mi"');
    expect([...found.ids].sort()).toEqual(starting);
    expect(found).toMatchObject({ looked: starting.length, exact: true });
    expect((await find('userName sw "mi" and not (userName eq "mi")')).ids).not.toContain('mi');
    await users.delete('mix', { now: NOW });
    await users.delete('mixed2', { now: NOW });
    expect((await find('userName sw "mix"')).ids.sort()).toEqual(['mixe', 'mixed']);
    expect((await find('emails.value sw "a@"')).ids.sort()).toEqual(['first', 'mixed']);
    expect(await find('emails[value sw "b@"]')).toMatchObject({ ids: ['mixed'], looked: 1 });
  });

  it('R-405 looks at all of them where most start with it', async () => {
    for (let i = 0; i < 1100; i++) {
      await users.put({ ...userDraft(`many${i}`), id: `many${i}` }, { now: NOW });
    }
    expect(await search(users, userType, 'userName sw "many"')).toMatchObject({ exact: false });
    expect(await search(users, userType, 'userName sw "many11"')).toMatchObject({ looked: 11 });
  });

  it('finds ids by another composition of the same text, and looks them up by their own', async () => {
    const [composed, decomposed] = ['r\u00e9sum\u00e9', 're\u0301sume\u0301'];
    await users.put({ ...userDraft('nfd'), id: decomposed }, { now: NOW });
    const { id } = await groups.put(groupDraft('g', [decomposed, composed]), { now: NOW });
    const find = (text: string) => search(users, userType, text);
    expect(await find(`id eq "${composed}"`)).toMatchObject({ ids: [decomposed], exact: true });
    expect(await users.get(composed)).toBeUndefined();
    const holders = `members.value eq "${composed}"`;
    expect(await search(groups, groupType, holders)).toMatchObject({ ids: [id], looked: 1 });
    await groups.applyDelta?.(id, delta([], [composed]), { now: NOW });
    expect(await search(groups, groupType, holders)).toMatchObject({ ids: [id], looked: 1 });
    await groups.applyDelta?.(id, delta([], [decomposed]), { now: NOW });
    expect(await search(groups, groupType, holders)).toMatchObject({ ids: [], looked: 0 });
    await users.delete(decomposed, { now: NOW });
    expect(await find(`id eq "${composed}"`)).toMatchObject({ ids: [], looked: 0 });
  });
});
