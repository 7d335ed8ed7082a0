import { execFileSync } from 'node:child_process';
import { promises as fs, writeFileSync } from 'node:fs';
import { chmod, cp, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { delta, groupDraft, NOW, Scratch, userDraft } from '../testing/scratch.js';

describe('a data folder', () => {
  let scratch: Scratch;
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  const lockPath = () => scratch.path('.scim', 'lock');

  it('is served by one process, and a second one says who that is', async () => {
    await scratch.open();
    const message = `The data folder ${scratch.root} is in use by process ${process.pid} on`;
    await expect(scratch.open()).rejects.toThrow(message);
    // and the first one is none the worse for it
    await expect(scratch.open()).rejects.toThrow(message);
  });

  it('is free after close, and after an open that failed', async () => {
    const { backend } = await scratch.open();
    await backend.close();
    await backend.close();
    await mkdir(scratch.path('.scim', 'intents'), { recursive: true });
    await writeFile(scratch.path('.scim', 'intents', 'x.json'), '{');
    await expect(scratch.open()).rejects.toThrow('is damaged');
    await rm(scratch.path('.scim', 'intents', 'x.json'));
    await scratch.open();
  });

  it('that another process took ends every operation here', async () => {
    const { backend, users } = await scratch.open();
    const another = JSON.stringify({ pid: 1, host: 'other-host', token: 'of another' });
    await writeFile(lockPath(), another);
    await expect(backend.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Another process has taken over the data folder.',
    });
    await expect(users.get('x')).rejects.toMatchObject({ code: 'unavailable' });
    await backend.close();
    expect(await readFile(lockPath(), 'utf8')).toEqual(another);
  });

  it.each([0, 0o022, 0o277])(
    'R-395 holds files for its owner alone, with umask %i',
    async (mask) => {
      const before = process.umask(mask);
      try {
        const { users, groups, backend } = await scratch.open({ settleAfter: 1_000_000 });
        await users.put(userDraft('jane', { id: 'u1' }), { now: NOW });
        await groups.put({ ...groupDraft('team'), id: 'g1' }, { now: NOW });
        await groups.applyDelta?.('g1', delta(['u1']), { now: NOW });
        const modes = new Map<string, number>();
        for (const name of await readdir(scratch.root, { recursive: true })) {
          modes.set(name, (await stat(scratch.path(name))).mode & 0o777);
        }
        expect(modes.get('Users/u1')).toBe(0o600);
        expect(modes.get('.scim/Groups/g1.1.delta')).toBe(0o600);
        expect(modes.get('.scim/lock')).toBe(0o600);
        expect(new Set(modes.values())).toEqual(new Set([0o600, 0o700]));
        await backend.close();
      } finally {
        process.umask(before);
      }
    },
  );

  it('R-401 that others may write to is refused', async () => {
    await chmod(scratch.root, 0o777);
    await expect(scratch.open()).rejects.toThrow(`Run: chmod o-w ${scratch.root}`);
    await chmod(scratch.root, 0o700);
    await mkdir(scratch.path('Users'));
    await chmod(scratch.path('Users'), 0o777);
    await expect(scratch.open()).rejects.toThrow(`Run: chmod o-w ${scratch.path('Users')}`);
  });

  it('R-406 that does not tell letter case apart keeps the file that is there', async () => {
    const { users } = await scratch.open();
    await users.put(userDraft('jane', { id: 'Jane' }), { now: NOW });
    await link(scratch.path('Users', 'Jane'), scratch.path('Users', 'jane')); // as such a system shows it
    const similar = users.put(userDraft('other', { id: 'jane' }), { now: NOW });
    await expect(similar).rejects.toMatchObject({ code: 'invalid-id' });
    expect((await readdir(scratch.path('Users'))).sort()).toEqual(['Jane', 'jane']);
    expect(await users.get('Jane')).toMatchObject({ userName: 'jane' });
  });

  it('R-407 that takes no writes says so, and goes on being read', async () => {
    const { backend, users } = await scratch.open();
    await users.put(userDraft('jane', { id: 'u1' }), { now: NOW });
    await backend.pingWrites(AbortSignal.timeout(60_000));
    expect(await readdir(scratch.path('.scim', 'tmp'))).toEqual([]);
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const write = vi.spyOn(fs, 'writeFile').mockRejectedValue(full);
    await expect(backend.pingWrites(AbortSignal.timeout(60_000))).rejects.toMatchObject({
      code: 'unavailable',
      details: { cause: full },
    });
    await backend.ping(AbortSignal.timeout(60_000));
    expect(await users.get('u1')).toMatchObject({ userName: 'jane' });
    write.mockRestore();
    await backend.pingWrites(AbortSignal.timeout(60_000));
  });

  it('R-404 that hangs is given up with a message, and so is every request', async () => {
    const { backend, users } = await scratch.open({ heartbeatEvery: 60_000 });
    await rm(lockPath());
    execFileSync('mkfifo', [lockPath()]); // whoever reads it waits for a writer
    try {
      const hangs = {
        code: 'unavailable',
        details: { cause: expect.objectContaining({ message: 'the folder does not answer' }) },
      };
      await expect(backend.ping(AbortSignal.timeout(60_000))).rejects.toMatchObject(hangs);
      await expect(users.get('x')).rejects.toMatchObject(hangs);
    } finally {
      await writeFile(lockPath(), '', { flag: 'w' }); // lets the reader go
      await backend.close();
    }
  });

  it('R-308 that another process took while it was loaded is not served', async () => {
    await mkdir(scratch.path('Users'), { recursive: true });
    await writeFile(scratch.path('Users', 'broken'), '{');
    await writeFile(
      scratch.path('Users', 'jane'),
      JSON.stringify({ id: 'jane', userName: 'jane' }),
    );
    const another = JSON.stringify({ pid: 1, host: 'other-host', token: 'of another' });
    // It is told of what it cannot read, in the middle of loading.
    const report = () => writeFileSync(lockPath(), another);
    await expect(scratch.open({ report })).rejects.toThrow();
    expect(await readFile(lockPath(), 'utf8')).toBe(another);
    await rm(lockPath());
    const { users } = await scratch.open();
    expect(await users.get('jane')).toMatchObject({ userName: 'jane' });
  });

  it('R-392 that was copied while it is served starts beside the original', async () => {
    const { users } = await scratch.open({ heartbeatEvery: 50 });
    await users.put(userDraft('jane', { id: 'u1' }), { now: NOW });
    const copy = new Scratch();
    await cp(scratch.root, copy.root, { recursive: true, preserveTimestamps: true });
    try {
      const rehearsal = await copy.open({ heartbeatEvery: 50 });
      expect(await rehearsal.users.get('u1')).toMatchObject({ userName: 'jane' });
      expect(await users.get('u1')).toMatchObject({ userName: 'jane' });
    } finally {
      await copy.remove();
    }
  });
});
