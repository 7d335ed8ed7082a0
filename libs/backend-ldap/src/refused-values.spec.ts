import { afterEach, describe, expect, it } from 'vitest';
import { NOW, Scratch, search, USERS, userDraft, userType } from './testing/scratch.js';
import { noSlapd } from './testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`values that a server refuses ${missing ?? ''}`, () => {
  let scratch: Scratch | undefined;
  afterEach(() => scratch?.remove());

  it('are kept in the rest, found, and come back as they were sent', async () => {
    // An administrator's rule, of which the schema says nothing: display names begin with A to Z.
    scratch = await Scratch.start({ overlays: ['constraint'] });
    const { users } = await scratch.open();
    const held = await users.put(userDraft('held', { displayName: 'Ada' }), { now: NOW });
    const kept = await users.put(userDraft('kept', { displayName: 'bob' }), { now: NOW });
    const shown = (id: string) => scratch?.values(`cn=${id},${USERS}`, 'displayName');
    expect(shown(held.id)).toEqual(['Ada']);
    expect(shown(kept.id)).toEqual([]);
    expect(await users.get(kept.id)).toEqual(kept);
    expect(await search(users, userType, 'displayName eq "BOB"')).toMatchObject({
      ids: [kept.id],
      looked: 1,
    });
    const changed = { ...held, displayName: 'carol' };
    const stored = await users.put(changed, { ifVersion: held.meta.version, now: NOW });
    expect(shown(held.id)).toEqual([]);
    expect(await users.get(held.id)).toEqual(stored);
    expect(stored.displayName).toBe('carol');
  });
});
