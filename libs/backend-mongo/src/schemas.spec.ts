import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { testRegistry } from '../../scim/src/testing/registry.js';
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

describe.skipIf(whyNoMongo('replica set'))('two schemas on one database', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await Scratch.start('replica set');
  });
  afterAll(() => scratch?.remove());

  /** A service with the schema that has badges. */
  const openNewer = async () => scratch.open({}, newer.types);

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

function markOf({ backend }: Opened): string {
  return fingerprint(backend.layout.named('User'));
}
