import { expect } from 'vitest';
import type { Query, Sort, Stored } from '#backend';
import { type Filter, parseFilter, parseSort, sortResources } from '#scim';
import { changed, concern, type Fixture, fresh, tick, userType } from './fixture.js';
import type { ConformanceOptions } from './options.js';

const STABLE = 40;
/** Changes by others, at most: who reads more slowly than others write would never come to an end. */
const CHANGES = 200;
const LETTERS = ['b', 'A', 'é', 'a', 'Z', 'z', 'ß', ''];

export function paging(options: ConformanceOptions): void {
  concern('sort and paging to the end', options, (test) => {
    test('R-107 index pages over data at rest hold every resource once', async (fixture) => {
      const { users } = fixture;
      const { mark, stable } = await population(fixture);
      const ids: string[] = [];
      for (let offset = 0; ; offset += 7) {
        const page = await users.query({ filter: mark, start: { offset }, limit: 7 });
        expect(page.total).toBe(STABLE);
        expect(page.items.length).toBe(Math.max(0, Math.min(7, STABLE - offset)));
        ids.push(...page.items.map(({ id }) => id));
        if (page.next === undefined) break;
      }
      expect(ids).toEqual(sortResources(stable, undefined).map(({ id }) => id));
    });

    test('R-106 an index beyond the end is an empty page with the total', async (fixture) => {
      const { mark } = await population(fixture);
      const beyond = { filter: mark, start: { offset: 5000 }, limit: 7 };
      expect(await fixture.users.query(beyond)).toEqual({ items: [], total: STABLE });
      const none = { filter: mark, start: { offset: 0 }, limit: 0 };
      expect(await fixture.users.query(none)).toEqual({ items: [], total: STABLE });
    });

    test('R-285 texts longer than a cursor can hold do not end a walk', async (fixture) => {
      const { users, createUser } = fixture;
      const text = fresh('long');
      const long = ['c', 'a', '\u{1f600}', 'b'].map((letter) => letter.repeat(700));
      for (const displayName of long) await createUser({ displayName, title: text });
      const mark = parseFilter(`title eq "${text}"`, userType);
      const sort = parseSort('displayName', 'ascending', userType);
      const names: unknown[] = [];
      let start: Query['start'] = { offset: 0 };
      for (let pages = 0; pages < 10; pages++) {
        const page = await users.query({ filter: mark, ...(sort && { sort }), start, limit: 1 });
        names.push(...page.items.map(({ displayName }) => displayName));
        if (page.next === undefined) break;
        start = { after: page.next };
      }
      expect(names).toEqual([long[1], long[3], long[0], long[2]]);
    });

    for (const attribute of ['displayName', 'userName', 'title']) {
      for (const order of ['ascending', 'descending']) {
        test(`R-356 values that begin alike are walked through, by ${attribute}, ${order}`, async (fixture) => {
          const { users, createUser } = fixture;
          const nickName = fresh('alike');
          const start500 = fresh('x').padEnd(500, 'x');
          const made: Stored[] = [];
          for (const end of ['c', 'a', 'eé', '', 'b', 'd', 'gg']) {
            made.push(await createUser({ [attribute]: start500 + end, nickName }));
          }
          made.push(await createUser({ [attribute]: start500.slice(1), nickName }));
          const mark = parseFilter(`nickName eq "${nickName}"`, userType);
          const sort = parseSort(attribute, order, userType);
          const walked: string[] = [];
          let start: Query['start'] = { offset: 0 };
          for (let pages = 0; pages < 10; pages++) {
            const page = await users.query({
              filter: mark,
              ...(sort && { sort }),
              start,
              limit: 2,
            });
            walked.push(...page.items.map(({ id }) => id));
            if (page.next === undefined) break;
            start = { after: page.next };
          }
          const expected = sortResources(made, sort).map(({ id }) => id);
          expect(walked).toEqual(expected);
          const last = made[2];
          const filter = parseFilter(`${attribute} eq "${start500}eé"`, userType);
          const found = await users.query({ filter, start: { offset: 0 }, limit: 9 });
          expect(found.items.map(({ id }) => id)).toEqual([last?.id]);
        });
      }
    }

    test('R-107 R-285 a whole list holds every resource once, by index and by cursor', async (fixture) => {
      const { users, createUser } = fixture;
      for (let i = 0; i < 12; i++) await createUser();
      const total = (await users.query({ start: { offset: 0 }, limit: 0 })).total;
      const byIndex: Stored[] = [];
      for (let offset = 0; offset < total; offset += 5) {
        const page = await users.query({ start: { offset }, limit: 5 });
        expect(page.total).toBe(total);
        expect(page.next !== undefined).toBe(offset + 5 < total);
        byIndex.push(...page.items);
      }
      expect(byIndex).toHaveLength(total);
      expect(byIndex).toEqual(sortResources(byIndex, undefined));
      expect(await walk(fixture, undefined, undefined)).toEqual(byIndex.map(({ id }) => id));
      const beyond = { start: { offset: total + 7 }, limit: 5 };
      expect(await users.query(beyond)).toEqual({ items: [], total });
    });

    test('R-285 R-295 a whole list holds what is there throughout, while others write', async (fixture) => {
      const { stable, text } = await population(fixture);
      const stop = new AbortController();
      const writing = disturb(fixture, text, stop.signal);
      try {
        // The writers' resources come at the end of the list: the pages are faster than they are.
        const ids = await walk(fixture, undefined, undefined, 25);
        expect(new Set(ids).size).toBe(ids.length);
        const known = new Set(stable.map(({ id }) => id));
        const met = ids.filter((id) => known.has(id));
        expect(met).toEqual(sortResources(stable, undefined).map(({ id }) => id));
      } finally {
        stop.abort();
        await writing;
      }
    });

    for (const [sortBy, order] of [
      [undefined, undefined],
      ['title', 'ascending'],
      ['title', 'descending'],
      ['emails.value', 'ascending'],
      ['meta.lastModified', 'descending'],
    ] as const) {
      const how = sortBy === undefined ? 'in order of creation' : `by ${sortBy}, ${order}`;
      test(`R-285 R-295 every resource once, ${how}, while others write`, async (fixture) => {
        const { mark, stable, text } = await population(fixture);
        const sort = parseSort(sortBy, order, userType);
        const stop = new AbortController();
        const writing = disturb(fixture, text, stop.signal);
        try {
          const ids = await walk(fixture, mark, sort);
          expect(new Set(ids).size).toBe(ids.length);
          const known = new Set(stable.map(({ id }) => id));
          const met = ids.filter((id) => known.has(id));
          expect(met).toEqual(sortResources(stable, sort).map(({ id }) => id));
        } finally {
          stop.abort();
          await writing;
        }
      });
    }
  });
}

/** Users that nobody touches, found by a filter of their own; ties in every sort key. */
async function population({ backend, createUser }: Fixture) {
  const text = fresh('walk');
  const { unique } = backend.supports;
  const apart = typeof unique === 'object' && unique['User.emails.value'] !== undefined;
  const stable: Stored[] = [];
  for (let i = 0; i < STABLE; i++) {
    const title = LETTERS[i % LETTERS.length] ?? '';
    const at = apart ? fresh('@b') : '@b';
    const emails = [{ value: `${title}${at}` }, { value: `c${i % 3}${at}`, primary: true }];
    stable.push(
      await createUser({
        nickName: text,
        ...(i % 5 === 0 ? {} : { title }),
        ...(i % 4 === 0 ? {} : { emails }),
      }),
    );
  }
  return { text, stable, mark: parseFilter(`nickName eq "${text}"`, userType) };
}

async function walk(
  { users }: Fixture,
  filter: Filter | undefined,
  sort: Sort | undefined,
  limit = 3,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let start: Query['start'] = { offset: 0 };
  for (;;) {
    const query = { start, limit, ...(filter && { filter }), ...(sort && { sort }) };
    const page = await users.query(query);
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === undefined) return ids;
    start = { after: page.next };
    // Lets the writers have their turn, also where a store never waits.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Creates, deletes and changes others that match the same filter, until told to stop. */
async function disturb(fixture: Fixture, text: string, signal: AbortSignal): Promise<void> {
  const { users, createUser } = fixture;
  const mine: Stored[] = [];
  for (let i = 0; i < CHANGES && !signal.aborted; i++) {
    const title = LETTERS[(i * 3) % LETTERS.length] ?? '';
    mine.push(await createUser({ nickName: text, title }));
    const oldest = i % 2 === 0 ? mine.shift() : undefined;
    if (oldest !== undefined) await users.delete(oldest.id, { now: tick() });
    const other = mine.at(0);
    if (other !== undefined) {
      const ifVersion = other.meta.version;
      const draft = changed(other, { displayName: fresh('changed') });
      mine[0] = (await users.put(draft, { ifVersion, now: tick() })).stored;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
