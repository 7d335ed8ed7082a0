import { describe, expect, it } from 'vitest';
import { type Backend, createRepositories, type Repository } from '#backend';
import { parseFilter, parseSort, type SchemaRegistry } from '#scim';
import { testRegistry } from '../../scim/src/testing/registry.js';
import { existing } from './expect.js';
import { changed, registry, tick, userDraft } from './fixture.js';
import type { ConformanceOptions } from './options.js';

const BADGE = 'urn:example:badge';

/** The schema files that the next release adds, by path: users have a badge. */
export const NEXT_SCHEMAS = {
  'extensions/User/badge.json': {
    id: BADGE,
    name: 'Badge',
    attributes: [{ name: 'number', type: 'string' }],
  },
} as const;
const NEWER = testRegistry(NEXT_SCHEMAS);

const BY_BADGE = `${BADGE}:number eq "b-7"`;

/** A schema is changed: what was written by either is found by both, whoever starts when. */
export function schemas(options: ConformanceOptions): void {
  describe('two schemas', () => {
    const { reopen, beside } = options;
    if (reopen === undefined) {
      it.skip('R-304 in turn (the store does not outlive its process)');
    } else {
      it('R-304 in turn: each finds what the other wrote, and loses nothing of it', async () => {
        const older = service(await options.open(registry.types), registry);
        const old = (await older.users.put(userDraft({ title: 'first' }), { now: tick() })).stored;
        await older.backend.close();

        const newer = service(await reopen(NEWER.types), NEWER);
        const { id } = (await newer.users.put(badged('B-7'), { now: tick() })).stored;
        expect(await newer.find(BY_BADGE)).toEqual([id]);
        expect(await newer.find(`not (${BADGE}:number pr)`)).toEqual([old.id]);
        expect(await newer.find('title eq "first"')).toEqual([old.id]);
        await newer.backend.close();

        const back = service(await reopen(registry.types), registry);
        await retitle(back.users, id);
        expect(await back.find('title eq "boss"')).toEqual([id]);
        await back.backend.close();

        const again = service(await reopen(NEWER.types), NEWER);
        await expectBoth(again, id);
        await again.backend.close();
        await options.remove?.();
      });
    }
    if (beside === undefined) {
      it.skip('R-363 R-419 at once (one service at a time has the store)');
    } else {
      it('R-363 R-419 at once: each finds what the other writes, at any time', async () => {
        const older = service(await options.open(registry.types), registry);
        const newer = service(await beside(NEWER.types), NEWER);
        const { id } = (await newer.users.put(badged('B-7'), { now: tick() })).stored;
        await retitle(older.users, id);
        await expectBoth(newer, id);
        const other = (await older.users.put(userDraft(), { now: tick() })).stored;
        expect(await newer.find(`not (${BADGE}:number pr)`)).toEqual([other.id]);
        const sort = parseSort(`${BADGE}:number`, 'ascending', newer.users.type);
        const sorted = { start: { offset: 0 }, limit: 9, ...(sort && { sort }) };
        const { items } = await newer.users.query(sorted);
        expect(items.map((user) => user.id)).toEqual([id, other.id]);
        expect(await older.find('title eq "boss"')).toEqual([id]);
        await Promise.all([older.backend.close(), newer.backend.close()]);
        await options.remove?.();
      });
    }
  });
}

/** The badge is there, and found, although a service that does not know it wrote last. */
async function expectBoth({ users, find }: ReturnType<typeof service>, id: string) {
  expect(await existing(users, id)).toMatchObject({ title: 'boss', [BADGE]: { number: 'B-7' } });
  expect(await find(BY_BADGE)).toEqual([id]);
  expect(await find(`${BY_BADGE} and title eq "boss"`)).toEqual([id]);
}

function service(backend: Backend, schemas: SchemaRegistry) {
  const users = createRepositories(backend, schemas).get('User');
  if (users === undefined) throw new Error('there are no users');
  return { backend, users, find: (text: string) => find(users, text) };
}

async function retitle(users: Repository, id: string): Promise<void> {
  const current = await existing(users, id);
  const write = { ifVersion: current.meta.version, now: tick() };
  await users.put(changed(current, { title: 'boss' }), write);
}

function badged(number: string) {
  const draft = userDraft({ [BADGE]: { number } });
  return { ...draft, schemas: [...draft.schemas, BADGE] };
}

async function find(users: Repository, text: string): Promise<readonly string[]> {
  const filter = parseFilter(text, users.type);
  const { items } = await users.query({ filter, start: { offset: 0 }, limit: 9 });
  return items.map(({ id }) => id);
}
