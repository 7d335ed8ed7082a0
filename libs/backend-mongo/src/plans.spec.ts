import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query } from '#backend';
import { groupType, userType } from '#backend-testkit';
import { parseFilter, type ResourceType } from '#scim';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { explain } from './testing/explain.js';
import { type Opened, Scratch } from './testing/scratch.js';

const LOOKUPS: readonly (readonly [ResourceType, string])[] = [
  [userType, 'id eq "x"'],
  [userType, 'userName eq "x"'],
  [userType, 'userName sw "x"'],
  [userType, 'externalId eq "x"'],
  [userType, 'displayName eq "x"'],
  [userType, 'displayName sw "x"'],
  [userType, 'emails.value eq "x"'],
  [userType, 'emails eq "x"'],
  [userType, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"'],
  [groupType, 'externalId eq "x"'],
  [groupType, 'displayName sw "x"'],
  [groupType, 'members.value eq "x"'],
  [groupType, 'members[value eq "x"]'],
];

describe.skipIf(whyNoMongo('replica set'))('plans', () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeAll(async () => {
    scratch = await Scratch.start('replica set');
    opened = await scratch.open();
    const users = await Promise.all(Array.from({ length: 20 }, () => opened.createUser()));
    await opened.createGroup(users.map(({ id }) => id));
  });
  afterAll(() => scratch?.remove());

  async function plan(type: ResourceType, query: Partial<Query>) {
    return explain(opened.backend, type, { start: { offset: 0 }, limit: 5, ...query });
  }

  for (const [type, text] of LOOKUPS) {
    it(`R-413 ${type.name} by ${text} is an index look-up`, async () => {
      const { indexed, plan: told } = await plan(type, { filter: parseFilter(text, type) });
      expect(indexed, told).toBe(true);
    });
  }

  it('R-413 a list in order of creation, and what comes after a position, is read by an index', async () => {
    const after = { key: null, created: '2024-01-01T00:00:01.000Z', id: 'x' };
    for (const start of [{ offset: 0 }, { after }]) {
      const { indexed, plan: told } = await plan(userType, { start });
      expect(indexed, told).toBe(true);
    }
  });

  it('R-413 both directions of a membership have an index', async () => {
    const { database, layout } = opened.backend;
    const [members] = layout.named('Group').relations;
    const rows = database.collection(members?.collection ?? '');
    for (const filter of [{ id: 'x' }, { value: 'x' }, { value: 'x', id: 'y' }]) {
      const { queryPlanner } = await rows.find(filter).explain('queryPlanner');
      expect(JSON.stringify(queryPlanner.winningPlan)).not.toContain('COLLSCAN');
    }
  });

  it('R-413 the number of all resources is kept, not counted', async () => {
    const { users, backend } = opened;
    const { total } = await users.query({ start: { offset: 0 }, limit: 5 });
    const slots = await backend.database
      .collection<{ _id: string; number: number }>(backend.layout.shared.counts)
      .find({ type: 'User' })
      .toArray();
    expect(slots.reduce((sum, { number }) => sum + number, 0)).toBe(total);
  });
});
