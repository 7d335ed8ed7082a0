import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Position } from '#backend';
import { existing, membersOf, tick, userDraft, userType } from '#backend-testkit';
import { parseFilter } from '#scim';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { KINDS, type Opened, Scratch } from './testing/scratch.js';

for (const kind of KINDS) {
  describe.skipIf(whyNoMongo(kind))(`two services on one database, ${kind}`, () => {
    let scratch: Scratch;
    let a: Opened;
    let b: Opened;
    beforeAll(async () => {
      scratch = await Scratch.start(kind);
    });
    afterAll(() => scratch?.remove());
    beforeEach(async () => {
      await scratch.renew();
      [a, b] = await Promise.all([scratch.open(), scratch.open()]);
    });
    const one = (i: number) => (i % 2 === 0 ? a : b);

    it('keep unique what must be, and lose no member', async () => {
      const creates = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          one(i).users.put(userDraft({ userName: i % 3 ? 'Wanted' : 'wanted' }), { now: tick() }),
        ),
      );
      expect(creates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const people = await Promise.all(Array.from({ length: 12 }, (_, i) => one(i).createUser()));
      const group = await a.createGroup();
      await Promise.all(
        people.map(({ id }, i) => one(i).groups.applyDelta(group.id, add(id), { now: tick() })),
      );
      expect(await membersOf(b.groups, group.id)).toEqual(people.map(({ id }) => id).sort());
      const write = { ifVersion: group.meta.version, keep: ['members'], computedFrom: group };
      const renamed = { ...group, displayName: 'Renamed' };
      await b.groups.put(renamed, { ...write, now: tick() }, group);
      expect((await existing(a.groups, group.id)).displayName).toBe('Renamed');
    });

    it('R-416 whoever is deleted while joining is in no group afterwards', async () => {
      const people = await Promise.all(Array.from({ length: 10 }, (_, i) => one(i).createUser()));
      const group = await a.createGroup();
      await Promise.all(
        people.flatMap(({ id }, i) => [
          one(i).users.delete(id, { now: tick() }),
          one(i + 1)
            .groups.applyDelta(group.id, add(id), { now: tick(), targets: 'exist' })
            .catch((error: unknown) => expect(error).toMatchObject({ code: 'unknown-target' })),
        ]),
      );
      if (a.backend.supports.targets) expect(await membersOf(a.groups, group.id)).toEqual([]);
      const { total } = await a.users.query({ start: { offset: 0 }, limit: 0 });
      expect(total).toBe(0);
    });

    it('go on with cursors of one another, and count the same', async () => {
      const count = 11;
      for (let i = 0; i < count; i++) await one(i).createUser({ title: i % 2 ? 'x' : 'y' });
      for (const sort of [undefined, { path: titlePath(), descending: true }]) {
        const seen: string[] = [];
        let after: Position | undefined;
        for (let i = 0; ; i++) {
          const start = after === undefined ? { offset: 0 } : { after };
          const page = await one(i).users.query({ start, limit: 3, ...(sort ? { sort } : {}) });
          seen.push(...page.items.map(({ id }) => id));
          after = page.next;
          if (after === undefined) break;
        }
        expect([seen.length, new Set(seen).size]).toEqual([count, count]);
      }
      const filter = parseFilter('userName pr', userType);
      const page = { start: { offset: 0 }, limit: 0 };
      expect((await a.users.query(page)).total).toBe(
        (await b.users.query({ ...page, filter })).total,
      );
    });
  });
}

function add(value: string) {
  return [{ relation: 'members', add: [{ value }], remove: [] }];
}

function titlePath() {
  const attribute = userType.attributes.get('title');
  if (attribute === undefined) throw new Error('users have no title');
  return { attribute, sub: undefined };
}
