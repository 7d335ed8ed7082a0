import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventRecord } from '#backend';
import { temporaryFolder } from '../testing/fixture.js';
import { Journal } from './journal.js';
import type { JournalOptions } from './journal.options.js';
import type { Intent } from './journal-line.js';

const intent = (id: string): Intent => ({
  id,
  operation: 'Update',
  type: 'User',
  resource: id,
  now: '2026-01-01T00:00:00.000Z',
});
const record = (id: string, size = 10): EventRecord => ({
  operation: 'Update',
  type: 'User',
  id,
  resource: { id, title: 'x'.repeat(size) },
});

describe('the journal', () => {
  let folder: { path: string; remove(): Promise<void> };
  let open: Journal[] = [];
  const reports: string[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    reports.length = 0;
  });
  afterEach(async () => {
    for (const journal of open) await journal.close();
    open = [];
    await folder.remove();
  });

  async function opened(options: Partial<JournalOptions> = {}): Promise<Journal> {
    const journal = new Journal({
      folder: folder.path,
      report: (message) => reports.push(message),
      ...options,
    });
    await journal.open();
    open.push(journal);
    return journal;
  }

  async function reopened(journal: Journal, options: Partial<JournalOptions> = {}) {
    await journal.close();
    return opened(options);
  }

  const ids = async (journal: Journal) => (await journal.read(1000)).map(({ id }) => id);

  /** The file that was written to last. */
  async function lastFile(): Promise<string> {
    const names = (await readdir(folder.path)).filter((name) => name.endsWith('.log')).sort();
    for (const name of names.reverse()) {
      if ((await stat(join(folder.path, name))).size > 0) return join(folder.path, name);
    }
    throw new Error('nothing was written');
  }

  it('keeps what is neither done nor parked, in order, over restarts', async () => {
    let journal = await opened();
    for (const id of ['a', 'b', 'c', 'd']) {
      await journal.begin(intent(id));
      await journal.end(intent(id), [record(id)]);
    }
    await journal.done(['b']);
    await journal.park('c', 'too large');
    for (let restart = 0; restart < 3; restart++) {
      journal = await reopened(journal);
      expect(await ids(journal)).toEqual(['a', 'd']);
      expect(await journal.measure()).toMatchObject({ pending: 2, parked: 1 });
    }
    await journal.end(intent('e'), [record('e')]);
    const entries = await journal.read(1000);
    expect(entries.map(({ id }) => id)).toEqual(['a', 'd', 'e']);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 4, 5]);
    expect(reports).toEqual([]);
  });

  it('knows after a crash which writes it does not know the end of', async () => {
    const journal = await opened();
    await journal.begin(intent('a'));
    await journal.begin(intent('b'));
    await journal.end(intent('a'), []);
    const again = await reopened(journal);
    expect(again.openIntents).toEqual([intent('b')]);
    await again.end(intent('b'), [record('b'), record('other')]);
    expect(await ids(again)).toEqual(['b', 'b/User/other']);
    expect((await reopened(again)).openIntents).toEqual([]);
  });

  it('reads up to where a crash tore off the end, and writes on', async () => {
    let journal = await opened();
    for (const id of ['a', 'b']) await journal.end(intent(id), [record(id)]);
    await journal.close();
    const file = await lastFile();
    const whole = await readFile(file);
    for (let cut = 1; cut < 120; cut += 7) {
      await writeFile(file, whole);
      await truncate(file, whole.length - cut);
      journal = await opened();
      expect((await ids(journal))[0]).toBe('a');
      await journal.end(intent('c'), [record('c')]);
      expect((await ids(journal)).at(-1)).toBe('c');
      await journal.close();
      for (const name of await readdir(folder.path)) {
        if (join(folder.path, name) !== file) await truncate(join(folder.path, name), 0);
      }
    }
    expect(reports).toEqual([]);
  });

  it('passes over rubbish at the end and what lies damaged in the middle, and tells of the latter', async () => {
    let journal = await opened();
    for (const id of ['a', 'b', 'c']) await journal.end(intent(id), [record(id)]);
    await journal.close();
    const file = await lastFile();
    await appendFile(file, Buffer.alloc(4096));
    journal = await opened();
    expect(await ids(journal)).toEqual(['a', 'b', 'c']);
    expect(reports).toEqual([]);
    await journal.close();
    const again = await lastFile();
    const bytes = await readFile(again);
    const at = bytes.indexOf('"id":"b"');
    bytes.write('X', at + 6);
    await writeFile(again, bytes);
    journal = await opened();
    expect(await ids(journal)).toEqual(['a', 'c']);
    expect(reports).toEqual([expect.stringMatching(/1 damaged line/)]);
    expect(await readFile(`${again}.damaged`)).toEqual(bytes);
  });

  it('refuses changes before they are written when it is full, and takes them again when it is not', async () => {
    const journal = await opened({ maxBytes: 50_000, segmentBytes: 10_000 });
    const kept: string[] = [];
    const fill = async () => {
      for (let i = 0; i < 100; i++) {
        const id = `e${kept.length}`;
        await journal.begin(intent(id));
        await journal.end(intent(id), [record(id, 1000)]);
        kept.push(id);
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfter: expect.any(Number) },
    });
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThan(60);
    expect(await ids(journal)).toEqual(kept);
    await journal.done(kept.slice(0, -2));
    await journal.begin(intent('again'));
    expect(await ids(journal)).toEqual(kept.slice(-2));
  });

  it('forgets on the disk what was announced, whatever waits', async () => {
    let journal = await opened({ segmentBytes: 10_000 });
    await journal.end(intent('parked'), [record('parked')]);
    await journal.end(intent('oldest'), [record('oldest')]);
    await journal.begin(intent('open'));
    await journal.park('parked', 'too large');
    for (let i = 0; i < 200; i++) {
      const id = `e${i}`;
      await journal.begin(intent(id));
      await journal.end(intent(id), [record(id, 1000)]);
      await journal.done([id]);
    }
    const names = (await readdir(folder.path)).filter((name) => name.endsWith('.log'));
    const sizes = await Promise.all(
      names.map(async (one) => (await stat(join(folder.path, one))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(25_000);
    journal = await reopened(journal);
    expect(await ids(journal)).toEqual(['oldest']);
    expect(journal.openIntents).toEqual([intent('open')]);
    // The open intent may be an event: it counts as well.
    expect(await journal.measure()).toMatchObject({ pending: 2, parked: 1 });
  });

  it('keeps what many writers write at once', async () => {
    const journal = await opened();
    await Promise.all(Array.from({ length: 2000 }, (_, i) => journal.begin(intent(`m${i}`))));
    expect((await reopened(journal)).openIntents).toHaveLength(2000);
  });

  it('serves one process at a time', async () => {
    await opened();
    const second = new Journal({ folder: folder.path, lock: { patience: 0 } });
    await expect(second.open()).rejects.toThrow(`is in use by process ${process.pid}`);
  });

  it('R-394 takes nothing, announces nothing and removes nothing once another process has the folder', async () => {
    const journal = await opened();
    await journal.begin(intent('a'));
    await journal.end(intent('a'), [record('a')]);
    expect(await journal.lease('relay', 1000)).toBe(true);
    const another = JSON.stringify({ pid: 1, host: 'elsewhere', token: 'of another' });
    await writeFile(join(folder.path, 'lock'), another);
    const files = await readdir(folder.path);
    await expect(journal.begin(intent('b'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Another process has taken over the event journal.',
    });
    expect(await journal.lease('relay', 1000)).toBe(false);
    await journal.done(['a']);
    await journal.close();
    expect(await readdir(folder.path)).toEqual(files);
    expect(await readFile(join(folder.path, 'lock'), 'utf8')).toBe(another);
  });

  it('refuses changes while its folder is not there', async () => {
    const journal = await opened();
    await rm(join(folder.path, 'lock'));
    await expect(journal.begin(intent('a'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('R-395 keeps its files for its owner alone', async () => {
    const before = process.umask(0);
    try {
      const journal = await opened({ folder: join(folder.path, 'new', 'journal') });
      await journal.begin(intent('a'));
      const path = join(folder.path, 'new', 'journal');
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      const names = await readdir(path);
      expect(names).toContain('lock');
      for (const name of names) {
        expect([name, (await stat(join(path, name))).mode & 0o777]).toEqual([name, 0o600]);
      }
    } finally {
      process.umask(before);
    }
  });
});
