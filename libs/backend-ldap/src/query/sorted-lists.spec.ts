import { afterEach, describe, expect, it } from 'vitest';
import type { Query, ResourceStore, Stored } from '#backend';
import { positionOf, sortResources } from '#scim';
import { Pool } from '../port/pool.js';
import {
  delta,
  GROUPS,
  groupDraft,
  groupType,
  NOW,
  Scratch,
  search,
  USERS,
  userDraft,
} from '../testing/scratch.js';
import { BASE, noSlapd, type SlapdOptions } from '../testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`lists that the server sorts ${missing ?? ''}`, () => {
  const scratches: Scratch[] = [];
  const start = async (options: SlapdOptions = { overlays: ['sssvlv'] }) => {
    const scratch = await Scratch.start(options);
    scratches.push(scratch);
    return scratch;
  };
  afterEach(async () => {
    for (const scratch of scratches.splice(0)) await scratch.remove();
  });

  /** Users of the years 2001 to 2060, the oldest last. */
  const fill = async (users: ResourceStore) => {
    for (let i = 60; i > 0; i--) {
      const meta = {
        resourceType: 'User',
        created: `20${String(i).padStart(2, '0')}-01-01T00:00:00Z`,
      };
      await users.put(
        { ...userDraft(`user-${i}`), meta: { ...meta, lastModified: NOW } },
        { now: NOW },
      );
    }
  };

  const page = async (users: ResourceStore, query: Query) => {
    const { items, total, paged } = (await users.query?.(query)) ?? { items: [] };
    const found: Stored[] = [];
    for await (const stored of items) found.push(stored);
    return { names: found.map(({ userName }) => userName), found, total, paged };
  };

  it('R-107 costs the page, wherever it is', async () => {
    const scratch = await start();
    const { users } = await scratch.open();
    await fill(users);
    // The first list shows whether the server sorts as it says.
    await page(users, { start: { offset: 0 }, limit: 1 });
    for (const query of [
      { start: { offset: 10 }, limit: 3 },
      { start: { after: { key: null, created: '2010-01-01T00:00:00', id: '~' } }, limit: 3 },
    ]) {
      const sent = await entriesSent(scratch, async () => {
        const { names, total, paged } = await page(users, query);
        expect(names).toEqual(['user-11', 'user-12', 'user-13']);
        expect([total, paged]).toEqual([60, true]);
      });
      expect(sent).toBeLessThanOrEqual(query.limit + 1);
    }
    const sent = await entriesSent(scratch, async () => {
      expect((await page(users, { start: { offset: 0 }, limit: 0 })).total).toBe(60);
    });
    expect(sent).toBe(1);
    const beyond = await page(users, { start: { offset: 60 }, limit: 5 });
    expect([beyond.names, beyond.total, beyond.paged]).toEqual([[], 60, true]);
    expect(scratch.problems).toEqual([]);
  });

  it('serves one after another, and many at once', async () => {
    const scratch = await start();
    const { users } = await scratch.open();
    await fill(users);
    const query = { start: { offset: 20 }, limit: 2 };
    for (let i = 0; i < 20; i++) expect((await page(users, query)).names).toHaveLength(2);
    expect(scratch.problems).toEqual([]);
    const all = await Promise.all(Array.from({ length: 30 }, () => page(users, query)));
    for (const { names, paged } of all) {
      expect([names, paged]).toEqual([['user-21', 'user-22'], true]);
    }
  });

  it.each([
    ['sorts', ['sssvlv'] as const],
    ['does not sort', [] as const],
  ])(
    'R-155 has in it what others put there, at its place, where the server %s',
    async (_, overlays) => {
      const scratch = await start({ overlays });
      const { users } = await scratch.open();
      await fill(users);
      const byHand = (name: string, info = '') =>
        `dn: cn=${name},${USERS}\nobjectClass: device\nobjectClass: extensibleObject\ncn: ${name}\nuid: ${name}\n${info}\n`;
      const info = 'info: {"meta": {"created": "2030-06-01T00:00:00Z"}}';
      scratch.slapd.tool('ldapadd', [], `${byHand('now')}\n${byHand('then', info)}`);
      const year = new Date().getUTCFullYear() - 2000;
      const expected = Array.from({ length: 60 }, (_, i) => `user-${i + 1}`);
      expected.splice(30, 0, 'then');
      expected.splice(year < 31 ? year : year + 1, 0, 'now');
      for (const limit of [1, 7, 100]) {
        const byIndex: unknown[] = [];
        for (let offset = 0; offset < 62; offset += limit) {
          const { names, total, paged } = await page(users, { start: { offset }, limit });
          expect([total, paged]).toEqual([62, true]);
          byIndex.push(...names);
        }
        expect(byIndex).toEqual(expected);
        const byCursor: unknown[] = [];
        for (let from: Query['start'] = { offset: 0 }; ; ) {
          const { names, found } = await page(users, { start: from, limit });
          byCursor.push(...names);
          const last = found.at(-1);
          if (last === undefined) break;
          from = { after: positionOf(undefined, last) };
        }
        expect(byCursor).toEqual(expected);
      }
    },
  );

  it.each([
    ['sorts', ['sssvlv'] as const],
    ['does not sort', [] as const],
  ])(
    'reads all of it where someone changed what its order is made of, and the server %s',
    async (_, overlays) => {
      const scratch = await start({ overlays });
      const { users } = await scratch.open();
      await fill(users);
      const { found } = await page(users, { start: { offset: 0 }, limit: 1 });
      const dn = `cn=${found[0]?.id},${USERS}`;
      const [text = ''] = scratch.values(dn, 'info');
      const edited = text.replace('2001-01-01', '2059-06-01');
      expect(edited).not.toBe(text);
      const ldif = `dn: ${dn}\nchangetype: modify\nreplace: info\ninfo: ${edited}\n`;
      scratch.slapd.tool('ldapmodify', [], ldif);
      const first = await page(users, { start: { offset: 0 }, limit: 3 });
      expect(first.paged).toBe(false);
      const sorted = sortResources(first.found, undefined).map(({ userName }) => userName);
      expect([sorted[0], sorted.at(-2)]).toEqual(['user-2', 'user-1']);
    },
  );

  it('reads the whole list where too much of it has no key', async () => {
    const others = Array.from(
      { length: 505 },
      (_, i) =>
        `dn: cn=p${i},${USERS}\nobjectClass: device\nobjectClass: extensibleObject\ncn: p${i}\n`,
    );
    const tree = `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example\n
dn: ${USERS}\nobjectClass: organizationalUnit\nou: Users\n\n${others.join('\n')}`;
    const scratch = await start({ overlays: ['sssvlv'], ldif: tree });
    const { users } = await scratch.open();
    const { found, paged } = await page(users, { start: { offset: 0 }, limit: 3 });
    expect([found.length, paged]).toEqual([505, false]);
  });

  it('reads nothing but keys where the server does not sort', async () => {
    const scratch = await start({});
    const { users } = await scratch.open();
    await fill(users);
    const query = { start: { offset: 30 }, limit: 2 };
    const sent = await entriesSent(scratch, async () => {
      const { names, total, paged } = await page(users, query);
      expect([names, total, paged]).toEqual([['user-31', 'user-32'], 60, true]);
    });
    expect(sent).toBe(62);
    const log = await scratch.slapd.logOf(() => page(users, query));
    expect(log).toMatch(/SRCH attr=documentversion\n/i);
    expect((await page(users, { start: { offset: 0 }, limit: 0 })).total).toBe(60);
  });

  it('does so where it turns out that the server does not sort after all, and says it once', async () => {
    const scratch = await start({ overlaysElsewhere: ['sssvlv'] });
    const { users } = await scratch.open();
    await fill(users);
    const ask = () => page(users, { start: { offset: 0 }, limit: 1 });
    const asked = await scratch.slapd.logOf(async () => {
      for (let i = 0; i < 2; i++) expect((await ask()).names).toEqual(['user-1']);
    });
    expect(asked.match(/err=12/g)).toHaveLength(1);
    expect(scratch.problems).toEqual([expect.stringContaining('does not sort')]);
  });

  it('R-386 reads keys once while nothing changes, where the server marks its last change', async () => {
    const scratch = await start({ overlays: ['syncprov'] });
    const { users } = await scratch.open();
    await fill(users);
    const names = async (query: Query) => (await page(users, query)).names;
    expect(await names({ start: { offset: 0 }, limit: 2 })).toEqual(['user-1', 'user-2']);
    const sent = await entriesSent(scratch, async () => {
      expect(await names({ start: { offset: 30 }, limit: 2 })).toEqual(['user-31', 'user-32']);
      const after = { key: null, created: '2010-01-01T00:00:00', id: '~' };
      expect(await names({ start: { after }, limit: 2 })).toEqual(['user-11', 'user-12']);
      expect((await page(users, { start: { offset: 0 }, limit: 0 })).total).toBe(60);
    });
    // The mark three times, and two pages.
    expect(sent).toBe(7);
    const { found } = await page(users, { start: { offset: 30 }, limit: 1 });
    scratch.slapd.tool('ldapdelete', [`cn=${found[0]?.id},${USERS}`]);
    const changed = await page(users, { start: { offset: 30 }, limit: 2 });
    expect([changed.names, changed.total]).toEqual([['user-32', 'user-33'], 59]);
  });

  it('R-383 believes no server that leaves entries out, and asks it no more', async () => {
    const scratch = await start();
    const { users } = await scratch.open();
    await fill(users);
    const { view } = Pool.prototype;
    let asked = 0;
    Pool.prototype.view = async function (request) {
      asked++;
      const { entries, total = 0 } = await view.call(this, request);
      return { entries: entries.filter((_, i) => i !== 3), total: total - 1 };
    };
    try {
      const query = { start: { offset: 0 }, limit: 10 };
      for (let i = 0; i < 3; i++) {
        const { names, total } = await page(users, query);
        expect([names.length, names[3], total]).toEqual([10, 'user-4', 60]);
      }
      const before = asked;
      await page(users, query);
      expect(asked).toBe(before);
      expect(scratch.problems).toEqual([expect.stringContaining('leaves entries out')]);
    } finally {
      Pool.prototype.view = view;
    }
  });

  it('R-143 looks by index where a filter finds little', async () => {
    const scratch = await start();
    const { users, groups } = await scratch.open();
    const user = await users.put(userDraft('member'), { now: NOW });
    const group = await groups.put(groupDraft('one'), { now: NOW });
    await groups.put(groupDraft('two'), { now: NOW });
    await groups.applyDelta?.(group.id, delta([user.id]), { now: NOW });
    const log = await scratch.slapd.logOf(async () => {
      const result = await search(groups, groupType, `members eq "${user.id}"`);
      expect(result).toEqual({ ids: [group.id], looked: 1, exact: true });
    });
    expect(log).not.toMatch(/documentVersion=\*/i);
    expect(scratch.values(`cn=${group.id},${GROUPS}`, 'documentVersion')).toHaveLength(1);
  });
});

/** Entries that the server sent meanwhile, by its own log. */
async function entriesSent({ slapd }: Scratch, action: () => Promise<void>): Promise<number> {
  const log = await slapd.logOf(action);
  const results = [...log.matchAll(/SEARCH RESULT .*nentries=(\d+)/g)];
  expect(results.length).toBeGreaterThan(0);
  return results.reduce((sum, [, count]) => sum + Number(count), 0);
}
