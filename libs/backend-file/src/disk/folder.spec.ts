import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOW, Scratch, userDraft } from '../testing/scratch.js';

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
