import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './password.js';

describe('passwords', () => {
  it('R-282 are kept as salted hashes', async () => {
    const [one, two] = await Promise.all([
      hashPassword('t1meMa$heen'),
      hashPassword('t1meMa$heen'),
    ]);
    expect(one).toMatch(/^\$scrypt\$131072\$8\$1\$[\w+/=]{24}\$[\w+/=]{44}$/);
    expect(one).not.toContain('t1meMa');
    expect(one).not.toBe(two);
    expect(await verifyPassword('t1meMa$heen', one)).toBe(true);
    expect(await verifyPassword('T1meMa$heen', one)).toBe(false);
  });

  it('R-086 are prepared: NFD and other spaces verify against NFC', async () => {
    const stored = await hashPassword('Zoë 1');
    expect(await verifyPassword('Zoë\u00a01'.normalize('NFD'), stored)).toBe(true);
    expect(await verifyPassword('Zoe 1', stored)).toBe(false);
  });

  it.each([
    '',
    'plain',
    '$scrypt$16384$8$1$c2FsdA==$',
    '$scrypt$15$8$1$c2FsdA==$aGFzaA==',
    '$scrypt$9999999$999$999$c2FsdA==$aGFzaA==',
  ])('verify against no hash but their own: %j', async (stored) => {
    expect(await verifyPassword('plain', stored)).toBe(false);
  });

  it('must not be empty', async () => {
    await expect(hashPassword('')).rejects.toMatchObject({ scimType: 'invalidValue' });
  });
});
