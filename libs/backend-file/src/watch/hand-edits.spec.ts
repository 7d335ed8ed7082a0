import { promises as fs } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  delta,
  groupDraft,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  search,
  userDraft,
  userType,
} from '../testing/scratch.js';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const put = (name: string, content: unknown, collection = 'Users') =>
  writeFile(
    scratch.path(collection, name),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

const ids = async ({ users }: Opened) => {
  const found: string[] = [];
  for await (const { id } of users.scan()) found.push(id);
  return found.sort();
};

describe('files that were put there by hand before the start', () => {
  beforeEach(async () => {
    await mkdir(scratch.path('Users'), { recursive: true });
  });

  it('need no more than what they are about', async () => {
    await put('anna', { userName: 'anna' });
    const { users } = await scratch.open();
    const anna = await users.get('anna');
    expect(anna).toMatchObject({
      id: 'anna',
      schemas: [userType.schema.id],
      userName: 'anna',
      meta: { resourceType: 'User', created: anna?.meta.lastModified },
    });
    const { mtime } = await stat(scratch.path('Users', 'anna'));
    expect(anna?.meta.created).toBe(mtime.toISOString());
  });

  it('R-403 that cannot be read are named, and nothing of them is quoted', async () => {
    await put('bad', 'Jane Doe, secret');
    await put('list', '["Jane Doe, secret"]');
    await put('wrong', { userName: ['Jane Doe, secret'] });
    await mkdir(scratch.path('Users', 'folder'));
    await scratch.open();
    expect(scratch.problems.map(({ path }) => path).sort()).toEqual(
      ['bad', 'folder', 'list', 'wrong'].map((name) => `Users/${name}`),
    );
    expect(inspect(scratch.problems, { depth: 10 })).not.toMatch(/Jane|secret/);
  });

  it('may spell names in any case and leave things empty', async () => {
    await put('anna', {
      USERNAME: 'anna',
      emails: [{ VALUE: 'anna@example.org', type: null }],
      Name: {},
      phoneNumbers: [],
      nickName: null,
      groups: [{ value: 'made up' }],
    });
    const { users } = await scratch.open();
    const { schemas: _, meta: __, ...rest } = (await users.get('anna')) ?? { schemas: [], meta: 0 };
    expect(rest).toEqual({
      id: 'anna',
      userName: 'anna',
      emails: [{ value: 'anna@example.org' }],
    });
  });

  it('keep what the schema does not know when something else is changed', async () => {
    await mkdir(scratch.path('Groups'));
    const member = { value: 'm', since: 2020 };
    await put('g', { displayName: 'g', own: { deep: [1] }, members: [member] }, 'Groups');
    const { backend, groups } = await scratch.open();
    await groups.applyDelta?.('g', delta(['n']), { now: NOW });
    await backend.close();
    const file: unknown = JSON.parse(await readFile(scratch.path('Groups', 'g'), 'utf8'));
    expect(file).toMatchObject({ own: { deep: [1] }, members: [member, { value: 'n' }] });
  });

  it.each([
    ['is no JSON', '{"userName": "x"'],
    ['is empty', ''],
    ['is a list', '[]'],
    ['has a number for a name', '{"userName": 5}'],
    ['has text for a list of objects', '{"userName": "x", "emails": "x"}'],
    ['says a name twice', '{"userName": "x", "username": "y"}'],
    ['has no text for an id', '{"id": 5, "userName": "x"}'],
  ])('a file that %s is reported, stays, and the rest is served', async (_, text) => {
    await put('bad', text);
    await put('good', { userName: 'good' });
    const opened = await scratch.open();
    expect(await ids(opened)).toEqual(['good']);
    expect(scratch.problems).toEqual([
      expect.objectContaining({ kind: 'unreadable', path: 'Users/bad' }),
    ]);
    expect(await readFile(scratch.path('Users', 'bad'), 'utf8')).toBe(text);
  });

  it('a folder among the files is reported, a hidden file is not looked at', async () => {
    await mkdir(scratch.path('Users', 'folder'));
    await put('.hidden', 'x');
    expect(await ids(await scratch.open())).toEqual([]);
    expect(scratch.kinds()).toEqual(['unreadable']);
  });

  it('a file in the way of a new resource is moved, never overwritten', async () => {
    await put('taken', 'not JSON');
    const { users } = await scratch.open();
    await users.put({ ...userDraft('new'), id: 'taken' }, { now: NOW });
    const [aside] = await readdir(scratch.path('.scim', 'rejected', 'Users'));
    expect(await readFile(scratch.path('.scim', 'rejected', 'Users', aside ?? ''), 'utf8')).toBe(
      'not JSON',
    );
    expect(aside).toMatch(/-taken$/);
    expect(scratch.kinds()).toEqual(['unreadable', 'set-aside']);
  });

  it('two with one id: the one named after it is served, the other reported', async () => {
    await put('a copy', { id: 'x', userName: 'copy' });
    await put('x', { id: 'x', userName: 'original' });
    await put('y copy', { id: 'x', userName: 'another copy' });
    const opened = await scratch.open();
    expect((await opened.users.get('x'))?.userName).toBe('original');
    expect(scratch.problems.map(({ kind, path }) => [kind, path])).toEqual([
      ['duplicate-id', 'Users/a copy'],
      ['duplicate-id', 'Users/y copy'],
    ]);
    // A user who was deleted does not come back with the next start.
    await opened.users.delete('x', { now: NOW });
    await opened.backend.close();
    expect(await ids(await scratch.open())).toEqual([]);
    expect(await readdir(scratch.path('.scim', 'rejected', 'Users'))).toHaveLength(2);
  });

  it('two with one userName: both are served, and reported', async () => {
    await put('a', { userName: 'same' });
    await put('b', { userName: 'SAME' });
    const opened = await scratch.open();
    expect((await search(opened.users, userType, 'userName eq "same"')).ids).toHaveLength(2);
    expect(scratch.kinds()).toEqual(['duplicate-value']);
    expect(JSON.stringify(scratch.problems)).not.toContain('same"');
  });

  it('one under another name than its id is changed in place', async () => {
    await put('by hand', { id: 'anna', userName: 'anna' });
    const { users } = await scratch.open();
    const version = (await users.get('anna'))?.meta.version ?? '';
    await users.put({ ...userDraft('anna2'), id: 'anna' }, { ifVersion: version, now: NOW });
    expect(await readdir(scratch.path('Users'))).toEqual(['by hand']);
    await users.delete('anna', { now: NOW });
    expect(await readdir(scratch.path('Users'))).toEqual([]);
  });
});

describe('files that are changed by hand while the service runs', () => {
  const WATCH = { watch: true };
  const until = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 20_000 });
  /** Asserts that the file was read. */
  const looksAt = (name: string) => {
    const read = vi.spyOn(fs, 'readFile');
    return () => expect(read).toHaveBeenCalledWith(scratch.path('Users', name), 'utf8');
  };
  afterEach(() => vi.restoreAllMocks());

  it('are taken in when they come, change and go', async () => {
    const opened = await scratch.open(WATCH);
    await put('anna', { userName: 'anna' });
    await until(async () => expect(await ids(opened)).toEqual(['anna']));
    await put('anna', { userName: 'anna', title: 'Dr' });
    await until(async () => {
      expect((await search(opened.users, userType, 'title eq "dr"')).ids).toEqual(['anna']);
    });
    await put('anna', { userName: 'hanna' });
    await until(async () => {
      expect((await search(opened.users, userType, 'userName eq "hanna"')).ids).toEqual(['anna']);
    });
    expect((await search(opened.users, userType, 'userName eq "anna"')).ids).toEqual([]);
    await rm(scratch.path('Users', 'anna'));
    await until(async () => expect(await ids(opened)).toEqual([]));
    expect(scratch.problems).toEqual([]);
  });

  it('are waited for while they are half copied', async () => {
    const opened = await scratch.open(WATCH);
    const text = JSON.stringify({ userName: 'slow' });
    const looked = looksAt('slow');
    await put('slow', text.slice(0, 5));
    await until(looked);
    await put('slow', text);
    await until(async () => expect(await ids(opened)).toEqual(['slow']));
    expect(scratch.problems).toEqual([]);
  });

  it('go on being served as they were until a bad edit proves to be one', async () => {
    const opened = await scratch.open(WATCH);
    const user = await opened.users.put(userDraft('anna'), { now: NOW });
    const looked = looksAt(user.id);
    await put(user.id, '{');
    await until(looked);
    expect(await opened.users.get(user.id)).toEqual(user);
    await vi.waitFor(() => expect(scratch.kinds()).toEqual(['unreadable']), { timeout: 20_000 });
    expect(await opened.users.get(user.id)).toBeUndefined();
    await put(user.id, { userName: 'anna' });
    await until(async () => expect(await ids(opened)).toEqual([user.id]));
  }, 60_000);

  it('and its own writes are told apart', async () => {
    const opened = await scratch.open(WATCH);
    const user = await opened.users.put(userDraft('anna'), { now: NOW });
    // Once a later change is noticed, the earlier one was looked at as well.
    await put('later', { userName: 'later' });
    await until(async () => expect(await ids(opened)).toContain('later'));
    expect(await opened.users.get(user.id)).toBe(user);
  });

  it('are found by a rescan where no watcher sees them', async () => {
    const opened = await scratch.open({ watch: false });
    await opened.backend.close();
    const again = await scratch.open({ watch: true, rescanEvery: 30 });
    const user = await again.users.put(userDraft('anna'), { now: NOW });
    await rm(scratch.path('Users', user.id));
    await until(async () => expect(await ids(again)).toEqual([]));
  });

  it('a removed user stays a member: somebody may put the file back', async () => {
    const { users, groups } = await scratch.open(WATCH);
    const user = await users.put(userDraft('anna'), { now: NOW });
    const { id } = await groups.put(groupDraft('g', [user.id]), { now: NOW });
    await copyFile(scratch.path('Users', user.id), scratch.path('kept'));
    await rm(scratch.path('Users', user.id));
    await until(async () => expect(await users.get(user.id)).toBeUndefined());
    expect(await groups.get(id, { expand: ['members'] })).toMatchObject({
      members: [{ value: user.id }],
    });
    await copyFile(scratch.path('kept'), scratch.path('Users', user.id));
    await until(async () => {
      const again = await users.get(user.id, { expand: ['groups'] });
      expect(again).toMatchObject({ groups: [{ value: id }], meta: user.meta });
    });
  });
});

describe('an edit by hand that nobody has noticed yet', () => {
  it('makes a write computed before it a conflict', async () => {
    const { users } = await scratch.open();
    const user = await users.put(userDraft('anna'), { now: NOW });
    await put(user.id, { ...user, title: 'by hand' });
    const context = { ifVersion: user.meta.version, now: NOW };
    await expect(users.put({ ...user, title: 'by API' }, context)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await users.get(user.id))?.title).toBe('by hand');
  });

  it('keeps a new resource from taking the place of one put there', async () => {
    const { users } = await scratch.open();
    await put('anna', { userName: 'anna' });
    const create = users.put({ ...userDraft('other'), id: 'anna' }, { now: NOW });
    await expect(create).rejects.toMatchObject({ code: 'exists' });
    expect((await users.get('anna'))?.userName).toBe('anna');
  });

  it('is joined with changes of membership that are not in the file yet', async () => {
    const { backend, groups } = await scratch.open({ settleAfter: 1_000_000 });
    const { id } = await groups.put(groupDraft('g', ['a']), { now: NOW });
    await groups.applyDelta?.(id, delta(['b']), { now: NOW });
    const file: unknown = JSON.parse(await readFile(scratch.path('Groups', id), 'utf8'));
    await put(id, { ...(file as object), displayName: 'by hand' }, 'Groups');
    await backend.close();
    const again = await scratch.open();
    expect((await again.groups.get(id))?.displayName).toBe('by hand');
    expect(await membersOf(again.groups, id)).toEqual(['a', 'b']);
  });

  it('a sidecar without its file is moved, and a new group of that id starts empty', async () => {
    const { backend, groups } = await scratch.open({ settleAfter: 1_000_000 });
    const { id } = await groups.put(groupDraft('g', ['a']), { now: NOW });
    await groups.applyDelta?.(id, delta(['b']), { now: NOW });
    await rm(scratch.path('Groups', id));
    await groups.put({ ...groupDraft('new'), id }, { now: NOW });
    expect(await readdir(scratch.path('.scim', 'Groups'))).toEqual([]);
    await groups.applyDelta?.(id, delta(['c']), { now: NOW });
    await rm(scratch.path('Groups', id));
    await backend.close();
    const again = await scratch.open();
    expect(await again.groups.get(id)).toBeUndefined();
    const aside = await readdir(scratch.path('.scim', 'rejected', 'Groups'));
    expect(aside.map((name) => basename(name).slice(-40))).toHaveLength(1);
  });
});
