import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FolderLock, type FolderLockOptions } from './folder-lock.js';
import { isAlive, ownIdentity } from './process-identity.js';

const HEARTBEAT = 15;

describe('the lock of a folder', () => {
  let folder: string;
  const locks: FolderLock[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const lock of locks.splice(0)) await lock.release();
    await rm(folder, { recursive: true, force: true });
  });

  const path = () => join(folder, 'lock');
  function newLock(options: Partial<FolderLockOptions> = {}): FolderLock {
    const lock = new FolderLock({
      path: path(),
      heartbeatEvery: HEARTBEAT,
      abandonedAfter: 60_000,
      refusal: (who) => `in use by ${who}`,
      ...options,
    });
    locks.push(lock);
    return lock;
  }
  const own = { ...ownIdentity(), token: 'somebody else' };
  const foreign = { ...own, host: 'other-host', space: 'other machine' };
  /** Leaves a lock, of a holder whose clock goes wrong by `ahead` ms. */
  const leave = async (holder: unknown, ahead = 0) => {
    await writeFile(path(), typeof holder === 'string' ? holder : JSON.stringify(holder));
    await refresh(ahead);
  };
  let beats = 0;
  const refresh = async (ahead = 0) => {
    const time = new Date(Date.now() + ahead + ++beats);
    await utimes(path(), time, time);
  };

  it('names the process, refreshes it from the start, and goes with it', async () => {
    const lock = newLock();
    await lock.acquire();
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await lock.look()).toBe('ours');
    await utimes(path(), new Date(0), new Date(0));
    await vi.waitFor(async () => expect((await stat(path())).mtimeMs).toBeGreaterThan(0));
    await lock.release();
    expect(await lock.look()).toBe('missing');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is kept from others while its process runs, who are told which that is', async () => {
    await newLock().acquire();
    const refused = newLock().acquire();
    await expect(refused).rejects.toThrow(`in use by process ${process.pid} on`);
  });

  it('is waited for by whoever has patience', async () => {
    const first = newLock();
    await first.acquire();
    const second = newLock({ patience: 60_000 });
    const waiting = second.acquire();
    await first.release();
    await waiting;
    expect(await second.look()).toBe('ours');
  });

  it('is taken over at once from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    await leave({ ...own, pid: child.pid, start: startOf(child.pid ?? 0) });
    await expect(newLock().acquire()).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await newLock().acquire();
  });

  it('is taken over from an earlier process with the same pid', async () => {
    expect(isAlive({ ...own, start: '1' })).toBe(false);
    await leave({ ...own, start: '1' });
    await newLock().acquire();
  });

  it.each([
    ['as old as the world', -1e12],
    ['from the future', 1e12],
  ])('R-390 of another machine counts while it is refreshed, be its time %s', async (_, ahead) => {
    await leave(foreign, ahead);
    const beat = setInterval(() => void refresh(ahead), 5);
    const refused = newLock({ abandonedAfter: 60_000 }).acquire();
    await expect(refused).rejects.toThrow('on other-host');
    clearInterval(beat);
    await leave(foreign, ahead);
    await newLock({ abandonedAfter: 3 * HEARTBEAT }).acquire();
  });

  it('of a container that was restarted counts while it is refreshed', async () => {
    const before = { ...own, space: 'the container before' };
    await leave(before);
    const beat = setInterval(() => void refresh(), 5);
    await expect(newLock().acquire()).rejects.toThrow('in use');
    clearInterval(beat);
    await leave(before);
    await newLock().acquire();
  });

  it('R-391 without knowledge of processes, a pid alone keeps nobody out', async () => {
    // As pid 1 of a container without /proc leaves it to the next one.
    const { pid, host } = own;
    await leave({ pid, host, token: 'of pid 1 before' });
    const beat = setInterval(() => void refresh(), 5);
    await expect(newLock().acquire()).rejects.toThrow('in use');
    clearInterval(beat);
    await newLock().acquire();
  });

  it('that cannot be read counts until it is abandoned', async () => {
    await leave('');
    const lock = newLock({ abandonedAfter: 200 });
    const since = performance.now();
    await lock.acquire();
    expect(performance.now() - since).toBeGreaterThanOrEqual(200);
  });

  it('R-392 of a folder that was copied keeps nobody out of the copy', async () => {
    await newLock().acquire();
    const copy = `${folder}-copy`;
    try {
      await cp(folder, copy, { recursive: true, preserveTimestamps: true });
      const beside = newLock({ path: join(copy, 'lock') });
      await beside.acquire();
      expect(await beside.look()).toBe('ours');
      await expect(newLock().acquire()).rejects.toThrow('in use');
      await beside.release();
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });

  it('is taken over by one of many', async () => {
    await leave({ ...own, start: '1' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => newLock().acquire()),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('R-393 is not taken for granted after a gap, whatever was done to the clock', async () => {
    const lock = newLock({ heartbeatEvery: 60_000 });
    await lock.acquire();
    expect(lock.certain).toBe(true);
    const monotonic = performance.now.bind(performance);
    const clock = Date.now.bind(Date);
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + 130_000);
    expect(lock.certain).toBe(false);
    vi.spyOn(Date, 'now').mockImplementation(() => clock() - 3_600_000); // set back as well
    expect(lock.certain).toBe(false);
    vi.mocked(performance.now).mockRestore();
    vi.spyOn(Date, 'now').mockImplementation(() => clock() + 130_000); // asleep
    expect(lock.certain).toBe(false);
  });

  it('of another one is left alone', async () => {
    const lock = newLock();
    await lock.acquire();
    await leave(foreign);
    expect(await lock.look()).toBe('another');
    await lock.release();
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual(foreign);
  });
});

/** When the kernel started a process, in its ticks. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
