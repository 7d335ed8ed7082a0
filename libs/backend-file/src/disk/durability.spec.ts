import { promises as fs } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResourceStore, Stored } from '#backend';
import {
  delta,
  groupDraft,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  userDraft,
} from '../testing/scratch.js';

const LATER = '2026-01-02T03:04:06.000Z';
/** No file is rewritten in the background while a test looks. */
const NEVER = { settleAfter: 1_000_000 };

let scratch: Scratch;
let opened: Opened;
const others: Scratch[] = [];
beforeEach(async () => {
  scratch = new Scratch();
  opened = await scratch.open(NEVER);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await scratch.remove();
  for (const other of others.splice(0)) await other.remove();
});

/** What is served from the folder as a crash at this moment would leave it. */
async function afterCrash(damage?: (copy: Scratch) => Promise<void>) {
  const copy = await scratch.crashed();
  others.push(copy);
  await damage?.(copy);
  return { ...(await copy.open(NEVER)), copy };
}

async function group(...members: readonly string[]): Promise<Stored> {
  return opened.groups.put(groupDraft('group', members), { now: NOW });
}

const change = (id: string, add: readonly string[], remove: readonly string[] = []) =>
  opened.groups.applyDelta?.(id, delta(add, remove), { now: LATER });

async function expanded(groups: ResourceStore, id: string) {
  return groups.get(id, { expand: ['members'] });
}

describe('changes of membership', () => {
  it('are on the disk before they are answered, without the file being rewritten', async () => {
    const { id } = await group('a', 'b');
    const before = await readFile(scratch.path('Groups', id), 'utf8');
    const result = await change(id, ['c'], ['a']);
    expect(result).toMatchObject({ changed: true, stored: { meta: { lastModified: LATER } } });
    expect(await readFile(scratch.path('Groups', id), 'utf8')).toBe(before);
    const after = await afterCrash();
    expect(await membersOf(after.groups, id)).toEqual(['b', 'c']);
    expect(await expanded(after.groups, id)).toEqual(await expanded(opened.groups, id));
    expect(after.copy.problems).toEqual([]);
  });

  it('R-213 R-227 that change nothing write nothing', async () => {
    const { id, meta } = await group('a');
    const result = await change(id, ['a'], ['b']);
    expect(result).toMatchObject({ changed: false, stored: { meta } });
    expect(await readdir(scratch.path('.scim', 'Groups'))).toEqual([]);
  });

  it('survive a line that a crash cut off, and so do later ones', async () => {
    const { id } = await group();
    await change(id, ['a']);
    const torn = await afterCrash((copy) =>
      appendFile(copy.path('.scim', 'Groups', `${id}.1.delta`), '\n{"lastModified":"2026-'),
    );
    expect(await membersOf(torn.groups, id)).toEqual(['a']);
    await torn.groups.applyDelta?.(id, delta(['b']), { now: LATER });
    others.push(await torn.copy.crashed());
    const again = await others.at(-1)?.open(NEVER);
    if (again === undefined) throw new Error('not opened');
    expect(await membersOf(again.groups, id)).toEqual(['a', 'b']);
  });

  it('are not applied twice when a crash comes between the new file and its old sidecar', async () => {
    const { id } = await group('x', 'y');
    await change(id, ['a', 'b']);
    await change(id, [], ['a', 'x']);
    await change(id, ['x']);
    const sidecar = await readFile(scratch.path('.scim', 'Groups', `${id}.1.delta`), 'utf8');
    const before = await expanded(opened.groups, id);
    await opened.backend.close();
    expect(await readdir(scratch.path('.scim', 'Groups'))).toEqual([]);
    await writeFile(scratch.path('.scim', 'Groups', `${id}.1.delta`), sidecar);
    const after = await scratch.open(NEVER);
    expect([...(await membersOf(after.groups, id))].sort()).toEqual(['b', 'x', 'y']);
    expect((await after.groups.get(id))?.meta).toEqual(before?.meta);
  });

  it('do not come back after the group was replaced', async () => {
    const { id } = await group('a');
    const result = await change(id, ['b', 'c']);
    const draft = { ...groupDraft('group', ['z']), id };
    await opened.groups.put(draft, { ifVersion: result?.stored.meta.version ?? '', now: LATER });
    expect(await readdir(scratch.path('.scim', 'Groups'))).toEqual([]);
    const after = await afterCrash();
    expect(await membersOf(after.groups, id)).toEqual(['z']);
  });

  it('go into the file when the group is left alone', async () => {
    await opened.backend.close();
    opened = await scratch.open({ settleAfter: 20 });
    const { id } = await group('a');
    await change(id, ['b']);
    await vi.waitFor(async () => {
      expect(await readdir(scratch.path('.scim', 'Groups'))).toEqual([]);
      expect(await readFile(scratch.path('Groups', id), 'utf8')).toContain('"value": "b"');
    });
    expect(await readdir(scratch.path('.scim', 'tmp'))).toEqual([]);
    expect(await expanded((await afterCrash()).groups, id)).toEqual(
      await expanded(opened.groups, id),
    );
  });

  it('lose nothing while the file is rewritten again and again', async () => {
    await opened.backend.close();
    opened = await scratch.open({ settleAfter: 1 });
    const { id } = await group();
    const wanted: string[] = [];
    for (let i = 0; i < 100; i++) {
      await change(id, [`m${i}`], i % 3 === 0 ? [] : [`m${i - 1}`]);
      wanted.push(`m${i}`);
      if (i % 3 !== 0) wanted.splice(-2, 1);
    }
    await opened.backend.close();
    const after = await scratch.open();
    expect([...(await membersOf(after.groups, id))].sort()).toEqual(wanted.sort());
  });
});

describe('a delete that changes others', () => {
  const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

  it('R-249 happens as a whole, wherever a crash comes', async () => {
    const boss = await opened.users.put(userDraft('boss'), { now: NOW });
    const manager = { [ENTERPRISE]: { manager: { value: boss.id } } };
    const worker = await opened.users.put(userDraft('worker', manager), { now: NOW });
    const first = await group(boss.id, worker.id);
    const second = await group(boss.id);

    const intents = await catchIntent(() => opened.users.delete(boss.id, { now: LATER }));
    expect(await opened.users.get(worker.id)).not.toHaveProperty(ENTERPRISE);
    const wanted = await snapshot(opened);
    // With the intent on the disk every state of the files ends in the same.
    const after = await afterCrash(async (copy) => {
      await writeFile(copy.path('.scim', 'intents', 'x.json'), intents[0] ?? '');
    });
    expect(await snapshot(after)).toEqual(wanted);
    expect(await readdir(after.copy.path('.scim', 'intents'))).toEqual([]);
    expect(await membersOf(after.groups, first.id)).toEqual([worker.id]);
    expect(await membersOf(after.groups, second.id)).toEqual([]);
  });

  it('is finished at the next start when nothing of it was done', async () => {
    const user = await opened.users.put(userDraft('gone'), { now: NOW });
    const { id } = await group(user.id, 'other');
    const before = await scratch.crashed();
    others.push(before);
    const [intent] = await catchIntent(() => opened.users.delete(user.id, { now: LATER }));
    await writeFile(before.path('.scim', 'intents', 'x.json'), intent ?? '');
    const after = await before.open(NEVER);
    expect(await after.users.get(user.id)).toBeUndefined();
    expect(await membersOf(after.groups, id)).toEqual(['other']);
    expect(await expanded(after.groups, id)).toEqual(await expanded(opened.groups, id));
  });

  it('is finished by the next write when the disk failed in its midst', async () => {
    const user = await opened.users.put(userDraft('gone'), { now: NOW });
    const { id } = await group(user.id);
    await rename(scratch.path('.scim', 'Groups'), scratch.path('.scim', 'away'));
    await opened.users.delete(user.id, { now: LATER });
    expect(await membersOf(opened.groups, id)).toEqual([]);
    expect(scratch.kinds()).toEqual(['background']);
    await expect(group()).rejects.toMatchObject({ code: 'unavailable' });
    await rename(scratch.path('.scim', 'away'), scratch.path('.scim', 'Groups'));
    await group();
    expect(await readdir(scratch.path('.scim', 'intents'))).toEqual([]);
    expect(await membersOf((await afterCrash()).groups, id)).toEqual([]);
  });

  /** The intents that an operation writes. */
  async function catchIntent(operation: () => Promise<unknown>): Promise<readonly string[]> {
    const seen: string[] = [];
    const { rename: move } = fs;
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (String(to).includes('intents')) seen.push(await readFile(String(from), 'utf8'));
      return move(from, to);
    });
    await operation();
    return seen;
  }
});

describe('a disk that does not take a write', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO'])('%s: nothing changes, nothing is left', async (code) => {
    const { id, meta } = await group('a');
    const failure = Object.assign(new Error(code), { code });
    const rejects = { code: 'unavailable', details: { retryAfter: 5, cause: failure } };
    vi.spyOn(fs, 'rename').mockRejectedValue(failure);
    await expect(group('b')).rejects.toMatchObject(rejects);
    await expect(
      opened.groups.put({ ...groupDraft('new'), id }, { ifVersion: meta.version, now: LATER }),
    ).rejects.toMatchObject(rejects);
    vi.spyOn(fs, 'unlink').mockRejectedValueOnce(failure);
    await expect(opened.groups.delete(id, { now: LATER })).rejects.toMatchObject(rejects);
    vi.spyOn(fs, 'open').mockRejectedValue(failure);
    await expect(change(id, ['c'])).rejects.toMatchObject(rejects);
    vi.restoreAllMocks();
    expect(await readdir(scratch.path('Groups'))).toEqual([id]);
    expect(await readdir(scratch.path('.scim', 'tmp'))).toEqual([]);
    expect(await membersOf(opened.groups, id)).toEqual(['a']);
    expect((await opened.groups.get(id))?.meta).toEqual(meta);
    await change(id, ['c']);
    expect(await membersOf((await afterCrash()).groups, id)).toEqual(['a', 'c']);
  });

  it('a folder for temporary files that is none: unavailable, and well again with it', async () => {
    await rm(scratch.path('.scim', 'tmp'), { recursive: true });
    await writeFile(scratch.path('.scim', 'tmp'), '');
    await expect(group()).rejects.toMatchObject({ code: 'unavailable' });
    await rm(scratch.path('.scim', 'tmp'));
    await mkdir(scratch.path('.scim', 'tmp'));
    await group();
  });
});

describe('a data folder that goes away', () => {
  it('answers unavailable, never an empty list, and serves again when it is back', async () => {
    await opened.backend.close();
    opened = await scratch.open({ heartbeatEvery: 20 });
    const { id } = await group('a');
    await rename(scratch.root, `${scratch.root}-away`);
    await mkdir(scratch.path('Groups'), { recursive: true }); // as a volume that is not mounted
    await expect(opened.backend.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({
      code: 'unavailable',
    });
    const start = { offset: 0 };
    await expect(opened.groups.get(id)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(opened.groups.query?.({ start, limit: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(group()).rejects.toMatchObject({ code: 'unavailable' });
    await rm(scratch.root, { recursive: true });
    await rename(`${scratch.root}-away`, scratch.root);
    await vi.waitFor(async () => expect(await membersOf(opened.groups, id)).toEqual(['a']));
  });

  it('that cannot be made says what to do', async () => {
    await writeFile(scratch.path('file'), '');
    const message = /cannot be used: ENOTDIR: not a directory.*DATA_PATH/;
    await expect(scratch.open({ dataPath: scratch.path('file', 'data') })).rejects.toThrow(message);
  });
});

async function snapshot({ users, groups }: Opened): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for await (const stored of users.scan({ expand: ['groups'] })) found.push(stored);
  for await (const stored of groups.scan({ expand: ['members'] })) found.push(stored);
  return found;
}
