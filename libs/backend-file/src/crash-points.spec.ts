import { cpSync, promises as fs, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stored } from '#backend';
import { delta, groupDraft, NOW, type Opened, Scratch, userDraft } from './testing/scratch.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LATER = '2026-01-02T03:04:06.000Z';

/*
 * Before every call that changes the disk the folder is copied, as a crash would leave it. Whatever
 * the moment, the next start must find the state before the operation or the one after it.
 */
describe('a crash at every single moment of', () => {
  let scratch: Scratch;
  let opened: Opened;
  const moments: Scratch[] = [];
  beforeEach(async () => {
    scratch = new Scratch();
    opened = await scratch.open({ settleAfter: 1_000_000 });
    for (const id of ['boss', 'a', 'b']) {
      const manager = id === 'boss' ? {} : { [ENTERPRISE]: { manager: { value: 'boss' } } };
      await opened.users.put({ ...userDraft(id, manager), id }, { now: NOW });
    }
    for (const id of ['g1', 'g2', 'g3']) {
      await opened.groups.put({ ...groupDraft(id, ['boss', 'a']), id }, { now: NOW });
    }
    await opened.groups.applyDelta?.('g1', delta(['b'], ['a']), { now: NOW });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await scratch.remove();
    for (const moment of moments.splice(0)) await moment.remove();
  });

  const operations: Readonly<Record<string, (opened: Opened) => Promise<unknown>>> = {
    'a create': ({ users }) => users.put(userDraft('new'), { now: LATER }),
    'a replace': async ({ users }) => {
      const { meta } = await existing(users.get('a'));
      await users.put({ ...userDraft('a2'), id: 'a' }, { ifVersion: meta.version, now: LATER });
    },
    'a change of members': ({ groups }) =>
      groups.applyDelta?.('g1', delta(['a'], ['b']), { now: LATER }) ?? Promise.reject(),
    'a replace of a group with a sidecar': async ({ groups }) => {
      const { meta } = await existing(groups.get('g1'));
      const draft = { ...groupDraft('g1', ['a']), id: 'g1' };
      await groups.put(draft, { ifVersion: meta.version, now: LATER });
    },
    'a delete of a group with a sidecar': ({ groups }) => groups.delete('g1', { now: LATER }),
    'a delete that changes groups and users': ({ users }) => users.delete('boss', { now: LATER }),
    'a rewrite of a group': ({ backend }) => backend.close(),
  };
  for (const [what, operation] of Object.entries(operations)) {
    it(`${what} leaves all of it or nothing`, async () => {
      const before = await snapshot(opened);
      watchDisk();
      await operation(opened);
      vi.restoreAllMocks();
      keepMoment();
      const after = await last();
      expect(moments.length).toBeGreaterThan(2);
      for (const [index, moment] of moments.entries()) {
        await rm(moment.path('.scim', 'lock'), { force: true });
        const found = await snapshot(await moment.open());
        expect([before, after], `moment ${index} of ${moments.length}`).toContainEqual(found);
        expect(moment.problems).toEqual([]);
      }
    });
  }

  async function last(): Promise<readonly Stored[]> {
    const copy = await scratch.crashed();
    moments.push(copy);
    const found = await snapshot(await copy.open());
    await copy.last.backend.close();
    return found;
  }

  function watchDisk(): void {
    const { rename, unlink, open } = fs;
    vi.spyOn(fs, 'rename').mockImplementation((...args) => {
      keepMoment();
      return rename(...args);
    });
    vi.spyOn(fs, 'unlink').mockImplementation((...args) => {
      keepMoment();
      return unlink(...args);
    });
    vi.spyOn(fs, 'open').mockImplementation((...args) => {
      keepMoment();
      return open(...args);
    });
  }

  function keepMoment(): void {
    for (;;) {
      const copy = mkdtempSync(join(tmpdir(), 'scim-moment-'));
      const moment = new Scratch(copy);
      moments.push(moment);
      try {
        cpSync(scratch.root, copy, { recursive: true });
        return;
      } catch {
        moments.pop(); // another step of the same operation moved a file meanwhile: once more
      }
    }
  }
});

async function existing(read: Promise<Stored | undefined>): Promise<Stored> {
  const stored = await read;
  if (stored === undefined) throw new Error('nothing there');
  return stored;
}

/** Everything that is served. */
async function snapshot({ users, groups }: Opened): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for await (const stored of users.scan({ expand: ['groups'] })) found.push(stored);
  for await (const stored of groups.scan({ expand: ['members'] })) found.push(stored);
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
