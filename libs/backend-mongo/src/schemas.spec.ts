import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRepositories } from '#backend';
import { registry, tick } from '#backend-testkit';
import { type JsonObject, parseFilter, type ResourceType } from '#scim';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { testRegistry, typeNamed } from '../../scim/src/testing/registry.js';
import { fingerprint } from './mongo.mapping.js';
import { type Opened, Scratch } from './testing/scratch.js';

const BADGE = 'urn:example:badge';
const newer = testRegistry({
  'extensions/User/badge.json': {
    id: BADGE,
    name: 'Badge',
    attributes: [{ name: 'number', type: 'string', caseExact: false }],
  },
});
const badged = typeNamed(newer, 'User');

describe.skipIf(whyNoMongo('replica set'))('two schemas on one database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await Scratch.start('replica set');
  });
  afterAll(() => scratch?.remove());
  beforeEach(() => scratch.renew());

  /** A service with the schema that has badges. */
  const openNewer = async () => scratch.open({}, newer.types);

  it('R-419 what one of them writes is found by the other', async () => {
    const before = await scratch.open();
    const after = await openNewer();
    const store = after.backend.store(badged);
    const made = await store.put(withBadge('B-1'), { now: tick() });
    expect(await find(after, badged, `${BADGE}:number eq "b-1"`)).toEqual([made.id]);
    // The older one knows no badges, and keeps them all the same.
    const seen = await before.users.get(made.id);
    if (seen === undefined) throw new Error('it is not there');
    const write = { ifVersion: seen.meta.version, now: tick() };
    await before.users.put({ ...seen, title: 'seen' }, write);
    expect(await find(after, badged, `${BADGE}:number eq "b-1"`)).toEqual([made.id]);
    expect(await find(after, badged, `not (${BADGE}:number eq "b-1")`)).toEqual([]);
    expect(await find(before, typeNamed(registry, 'User'), 'title eq "SEEN"')).toEqual([made.id]);
  });

  it('R-419 documents converge to the schema that came last, whoever starts again', async () => {
    const before = await scratch.open();
    await before.createUser();
    const after = await openNewer();
    await before.createUser();
    await scratch.open(); // the older one once more, as after a crash
    await before.createUser();
    await after.backend.convergence.step();
    await before.backend.convergence.step();
    expect(await marks()).toEqual([markOf(after)]);

    // Back to the older one: once nobody has the newer schema any more.
    await after.backend.close();
    await before.backend.convergence.step();
    expect(await marks()).toEqual([markOf(before)]);
  });

  async function marks(): Promise<readonly string[]> {
    const documents = await scratch.documents('Users');
    return [...new Set(documents.map(({ _scim }) => String(_scim.mark)))];
  }
});

function withBadge(number: string) {
  const { schemas, ...draft } = fixtureDraft();
  return { ...draft, schemas: [...schemas, BADGE], [BADGE]: { number } };
}

function fixtureDraft() {
  const now = tick();
  const meta = { resourceType: 'User', created: now, lastModified: now };
  return { schemas: [badged.schema.id], userName: `badged-${now}`, meta };
}

function markOf({ backend }: Opened): string {
  return fingerprint(backend.layout.named('User'));
}

/** Through the engine, which does what the store leaves. */
async function find(
  { backend }: Opened,
  type: ResourceType,
  text: string,
): Promise<readonly unknown[]> {
  const types = type === badged ? newer : registry;
  const users = createRepositories(backend, types).get('User');
  const filter = parseFilter(text, type);
  const page = await users?.query({ filter, start: { offset: 0 }, limit: 9 });
  return (page?.items ?? []).map(({ id }: JsonObject) => id);
}
