import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '#scim';
import { Scratch } from '../testing/scratch.js';
import { Layout } from './layout.js';
import { Lock } from './lock.js';
import { isAlive, ownIdentity } from './process-identity.js';

const HEARTBEAT = 15;

describe('the lock of a data folder', () => {
  let scratch: Scratch;
  let lock: Lock;
  beforeEach(async () => {
    scratch = new Scratch();
    const layout = new Layout(scratch.root);
    await mkdir(layout.temporary, { recursive: true });
    lock = new Lock(layout, HEARTBEAT);
  });
  afterEach(() => scratch.remove());

  const path = () => scratch.path('.scim', 'lock');
  const own = { ...ownIdentity(), token: 'somebody else' };
  const foreign = { ...own, host: 'other-host', space: 'other machine' };
  const leave = async (holder: unknown, age = 0) => {
    await writeFile(path(), typeof holder === 'string' ? holder : JSON.stringify(holder));
    const time = new Date(Date.now() - age);
    await utimes(path(), time, time);
  };

  it('names the process, and goes with it', async () => {
    await lock.acquire();
    const holder: unknown = JSON.parse(await readFile(path(), 'utf8'));
    expect(isObject(holder) && holder.pid).toBe(process.pid);
    expect(await lock.tenure()).toBe('ours');
    await lock.release();
    expect(await lock.tenure()).toBe('missing');
  });

  it('keeps a second one out, which says who has the folder', async () => {
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

  it('is taken over at once from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const identity = { ...own, pid: child.pid ?? 0, start: startOf(child.pid ?? 0) };
    await leave(identity);
    await expect(lock.acquire()).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await lock.acquire();
    expect(await lock.tenure()).toBe('ours');
  });

  it('is taken over from an earlier process with the same pid', async () => {
    await leave({ ...own, start: '1' });
    expect(isAlive({ ...own, start: '1' })).toBe(false);
    await lock.acquire();
  });

  it('of another machine counts while it is refreshed', async () => {
    await leave(foreign, 29_000);
    await expect(lock.acquire()).rejects.toThrow('on other-host');
    await leave(foreign, 31_000);
    await lock.acquire();
  });

  it('of a container that was restarted counts while it is refreshed', async () => {
    const before = { ...own, space: 'the container before' };
    await leave(before);
    const beat = setInterval(() => void leave(before), HEARTBEAT);
    await expect(lock.acquire()).rejects.toThrow('in use');
    clearInterval(beat);
    await leave(before);
    await lock.acquire();
  });

  it('that cannot be read counts for half a minute', async () => {
    await leave('');
    await expect(lock.acquire()).rejects.toThrow('another process');
    await leave('', 31_000);
    await lock.acquire();
  });

  it('is taken over by one of many', async () => {
    await leave({ ...own, start: '1' });
    const layout = new Layout(scratch.root);
    const locks = Array.from({ length: 10 }, () => new Lock(layout, HEARTBEAT));
    const outcomes = await Promise.allSettled(locks.map((one) => one.acquire()));
    const winners = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
  });

  it('that another process took ends every operation here', async () => {
    const { backend, users } = await scratch.open();
    await leave(foreign);
    await expect(backend.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Another process has taken over the data folder.',
    });
    await expect(users.get('x')).rejects.toMatchObject({ code: 'unavailable' });
    await backend.close();
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual(foreign);
  });
});

/** When the kernel started a process, in its ticks. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
