import { expect, it } from 'vitest';
import { tick, userDraft } from '#backend-testkit';
import { testOrganisation } from './testing/organisation.js';

it('R-499 passwords passed on reach JumpCloud as they were sent, and are kept nowhere else', async () => {
  const { fake, users, remove } = await testOrganisation(undefined, { passwords: true });
  try {
    const sent: unknown[] = [];
    fake.fault = ({ method, path, body }) => {
      if (method !== 'GET' && path.startsWith('/api/systemusers')) sent.push(body);
      return undefined;
    };
    const made = (await users.put(userDraft({ password: 'first-s3cret' }), { now: tick() })).stored;
    expect(made).not.toHaveProperty('password');
    expect(sent.at(-1)).toMatchObject({ password: 'first-s3cret' });
    for (const password of ['second-s3cret', 'second-s3cret']) {
      const { version: ifVersion } = (await users.get(made.id))?.meta ?? made.meta;
      const before = sent.length;
      await users.put({ ...made, password }, { now: tick(), ifVersion });
      // The same one is sent again, like any other.
      expect(sent).toHaveLength(before + 1);
      expect(sent.at(-1)).toMatchObject({ password });
    }
    const [{ password, ...native } = { password: '' }] = fake.organisation.users.values();
    expect(JSON.stringify(native)).not.toMatch(/password|s3cret/);
  } finally {
    await remove();
  }
});
