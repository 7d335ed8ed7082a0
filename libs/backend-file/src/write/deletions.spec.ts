import { cpSync, promises as fs } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { groupDraft, membersOf, NOW, type Opened, Scratch, userDraft } from '../testing/scratch.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LATER = '2026-01-02T03:04:06.000Z';
const managedBy = (value: string) => ({ [ENTERPRISE]: { manager: { value } } });

describe('a delete of whom others name', () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeEach(async () => {
    scratch = new Scratch();
    opened = await scratch.open({ settleAfter: 1_000_000 });
    await opened.users.put({ ...userDraft('boss'), id: 'boss' }, { now: NOW });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await scratch.remove();
  });

  const addReports = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const id = `report-${i}`;
      await opened.users.put({ ...userDraft(id, managedBy('boss')), id }, { now: NOW });
    }
  };

  it.each([1, 40])(
    'R-397 takes in what was just edited by hand in the files of %i reports',
    async (count) => {
      await addReports(count);
      const path = scratch.path('Users', 'report-0');
      const edited = JSON.parse(await readFile(path, 'utf8'));
      await writeFile(path, JSON.stringify({ ...edited, title: 'by hand' }));
      await opened.users.delete('boss', { now: LATER });
      const report = await opened.users.get('report-0');
      expect(report).toMatchObject({ title: 'by hand' });
      expect(report).not.toHaveProperty(ENTERPRISE);
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ title: 'by hand' });
    },
  );

  it('R-398 lets others write while the files of many reports are written', async () => {
    await addReports(100);
    let written = 0;
    const { open } = fs;
    vi.spyOn(fs, 'open').mockImplementation(async (path, flags, ...rest) => {
      if (flags === 'wx' && ++written === 20) other = put();
      return open(path, flags, ...rest);
    });
    let other: Promise<unknown> | undefined;
    let before = 0;
    const put = async () => {
      await opened.users.put({ ...userDraft('other'), id: 'other' }, { now: LATER });
      before = written;
    };
    const deletion = await opened.users.delete('boss', { now: LATER });
    await other;
    expect(deletion?.changed).toHaveLength(100);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(100);
    await opened.backend.close();
    expect(await readdir(scratch.path('.scim', 'tmp'))).toEqual([]);
  });

  it('R-398 uses no file that was written before its resource changed', async () => {
    await addReports(40);
    const { open } = fs;
    let changed: Promise<unknown> | undefined;
    vi.spyOn(fs, 'open').mockImplementation(async (path, flags, ...rest) => {
      const handle = await open(path, flags, ...rest);
      changed ??= opened.users.put(
        { ...userDraft('report-0', { ...managedBy('boss'), title: 'new' }), id: 'report-0' },
        { now: LATER, ifVersion: (await opened.users.get('report-0'))?.meta.version ?? '' },
      );
      return handle;
    });
    await opened.users.delete('boss', { now: LATER });
    await changed;
    const report = await opened.users.get('report-0');
    expect(report).toMatchObject({ title: 'new' });
    expect(report).not.toHaveProperty(ENTERPRISE);
    expect(await readdir(scratch.path('.scim', 'tmp'))).toEqual([]);
  });

  it('R-398 is finished in turn with other writes, and before anybody looks at one of its files', async () => {
    const groups = Array.from({ length: 200 }, (_, i) => `g${i}`);
    for (const id of groups) {
      await opened.groups.put({ ...groupDraft(id, ['boss', 'else']), id }, { now: NOW });
    }
    await opened.users.delete('boss', { now: LATER });
    expect(await readdir(scratch.path('.scim', 'intents'))).toHaveLength(1);
    for (const id of groups) expect(await membersOf(opened.groups, id)).toEqual(['else']);
    // The last of them, whose turn has not come.
    const last = await opened.groups.get('g199');
    const draft = { ...groupDraft('renamed', ['else']), id: 'g199' };
    await opened.groups.put(draft, { now: LATER, ifVersion: last?.meta.version ?? '' });
    expect(scratch.problems).toEqual([]);
    await opened.backend.close();
    expect(await readdir(scratch.path('.scim', 'intents'))).toEqual([]);
  });

  it('R-398 loses nothing when it crashes before its turn with the rest comes', async () => {
    const groups = Array.from({ length: 200 }, (_, i) => `g${i}`);
    for (const id of groups) {
      await opened.groups.put({ ...groupDraft(id, ['boss', 'else']), id }, { now: NOW });
    }
    await opened.users.delete('boss', { now: LATER });
    // In one go, so that nothing is done meanwhile.
    const crashed = new Scratch();
    cpSync(scratch.root, crashed.root, { recursive: true });
    await rm(crashed.path('.scim', 'lock'));
    expect(await readdir(crashed.path('.scim', 'intents'))).toHaveLength(1);
    try {
      const after = await crashed.open();
      expect(await after.users.get('boss')).toBeUndefined();
      for (const id of groups) expect(await membersOf(after.groups, id)).toEqual(['else']);
    } finally {
      await crashed.remove();
    }
  });

  it('R-396 leaves the type of a member that names no resource as it came', async () => {
    const draft = groupDraft('team', ['boss']);
    const members = [
      { value: 'boss', type: 'User' },
      { value: 'elsewhere', type: 'Group' },
    ];
    const { id } = await opened.groups.put({ ...draft, members }, { targets: 'any', now: NOW });
    const add = [{ value: 'later', type: 'User' }];
    await opened.groups.applyDelta?.(id, [{ relation: 'members', add, remove: [] }], {
      now: LATER,
    });
    const wanted = [{ value: 'boss', type: 'User', display: 'boss' }, members[1], add[0]];
    const read = async ({ groups }: Opened) =>
      (await groups.get(id, { expand: ['members'] }))?.members;
    expect(await read(opened)).toMatchObject(
      wanted.map((one) => ({ value: one?.value, type: one?.type })),
    );
    await opened.backend.close();
    expect(await read(await scratch.open())).toEqual(
      await read(opened).catch(() => read(scratch.last)),
    );
  });
});
