import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW, type Opened, Scratch, USERS, userDraft } from './testing/scratch.js';
import { noSlapd } from './testing/slapd.js';

const missing = noSlapd();

for (const client of ['ldapjs', 'ldapts'] as const) {
  describe.skipIf(missing !== undefined)(`R-497 passwords passed on by ${client}`, () => {
    let scratch: Scratch;
    let opened: Opened;
    beforeAll(async () => {
      scratch = await Scratch.start();
      opened = await scratch.open({ client, passwords: true });
    });
    afterAll(() => scratch.remove());

    it('are what the entry signs in with, hashed by the server and kept nowhere else', async () => {
      const { users, backend } = opened;
      expect(backend.supports.secrets).toBe('password');
      const draft = userDraft('ann', { id: 'ann', password: 'first-s3cret' });
      const made = await users.put(draft, { now: NOW });
      expect(made).not.toHaveProperty('password');
      expect(signsIn('ann', 'first-s3cret')).toBe(true);
      const [kept = ''] = scratch.values(`cn=ann,${USERS}`, 'userPassword');
      expect(kept).toMatch(/^\{SSHA\}/);
      expect(scratch.values(`cn=ann,${USERS}`, 'info').join()).not.toMatch(/password|s3cret/);

      const versions = [made.meta.version];
      for (const password of ['second-s3cret', 'second-s3cret', 'first-s3cret']) {
        const ifVersion = versions.at(-1) ?? '';
        const stored = await users.put({ ...made, password }, { now: NOW, ifVersion });
        expect(signsIn('ann', password)).toBe(true);
        versions.push(stored.meta.version);
      }
      expect(new Set(versions).size).toBe(4);
      // What is not sent stays.
      const ifVersion = versions.at(-1) ?? '';
      await users.put({ ...made, title: 'Dr.' }, { now: NOW, ifVersion });
      expect(signsIn('ann', 'first-s3cret')).toBe(true);
      expect(await users.get('ann')).not.toHaveProperty('password');
    });

    function signsIn(id: string, password: string): boolean {
      return scratch.slapd.signsIn(`cn=${id},${USERS}`, password);
    }
  });
}
