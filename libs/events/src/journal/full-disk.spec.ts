import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventRecord } from '#backend';
import { eventually } from '../testing/consumer.js';
import { temporaryFolder } from '../testing/fixture.js';
import { Journal } from './journal.js';
import type { Intent } from './journal-line.js';

const intent = (id: string): Intent => ({
  id,
  operation: 'Update',
  type: 'User',
  resource: id,
  now: '2026-01-01T00:00:00.000Z',
});
const record = (id: string): EventRecord => ({
  operation: 'Update',
  type: 'User',
  id,
  resource: { id, title: 'x'.repeat(2000) },
});

/** Whether this process may mount a disk of its own, to fill it. */
const mayMount = ((): boolean => {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

describe.skipIf(!mayMount)('the journal on a full disk', () => {
  let folder: { path: string; remove(): Promise<void> };
  let journal: Journal;

  beforeEach(async () => {
    folder = await temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder.path]);
    journal = new Journal({ folder: join(folder.path, 'journal') });
    await journal.open();
  });
  afterEach(async () => {
    await journal.close();
    execFileSync('umount', [folder.path]);
    await folder.remove();
  });

  async function fill(): Promise<string[]> {
    const written: string[] = [];
    for (let i = 0; i < 1000; i++) {
      const id = `e${i}`;
      try {
        await journal.begin(intent(id));
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        return written;
      }
      void journal.end(intent(id), [record(id)]);
      written.push(id);
    }
    throw new Error('the disk never gets full');
  }

  const ids = async () => (await journal.read(1000)).map(({ id }) => id);

  it('refuses changes, keeps every event, and goes on once they are announced', async () => {
    const written = await fill();
    expect(written.length).toBeGreaterThan(100);
    await eventually(async () => (await ids()).length === written.length);
    expect(await ids()).toEqual(written);
    for (let i = 0; i < written.length; i += 50) await journal.done(written.slice(i, i + 50));
    expect(await ids()).toEqual([]);
    await journal.begin(intent('again'));
    await journal.end(intent('again'), [record('again')]);
    expect(await ids()).toEqual(['again']);
  });

  it('has room for the ends of writes that are under way when others fill the disk', async () => {
    const underWay = Array.from({ length: 40 }, (_, i) => `under-way-${i}`);
    for (const id of underWay) await journal.begin(intent(id));
    const filler = join(folder.path, 'filler');
    await writeFile(filler, Buffer.alloc(2_000_000)).catch(() => undefined);
    for (const id of underWay) void journal.end(intent(id), [record(id)]);
    await eventually(async () => (await ids()).length === underWay.length);
    await expect(journal.begin(intent('no'))).rejects.toMatchObject({ code: 'unavailable' });
    await journal.done(underWay);
    await rm(filler);
    await eventually(() =>
      journal.begin(intent('again')).then(
        () => true,
        () => false,
      ),
    );
  });

  it('starts on it', async () => {
    const written = await fill();
    await eventually(async () => (await ids()).length === written.length);
    await journal.close();
    journal = new Journal({ folder: join(folder.path, 'journal') });
    await journal.open();
    expect(await ids()).toEqual(written);
    await journal.done(written);
    await journal.begin(intent('again'));
  });
});
