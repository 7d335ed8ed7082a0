import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { invalidValue } from './errors.js';
import { preparePassword } from './prepare.js';

/** Cost of new hashes, as OWASP advises: 128 MiB and some 400 ms each. Older ones stay good. */
const COST = { N: 131_072, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Most memory that a stored hash may ask for, so that a tampered one cannot exhaust it. */
const MOST_MEMORY = 256 * 1024 * 1024;
const STORED = /^\$scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([\w+/=-]+)\$([\w+/=-]+)$/;

/**
 * A password as it is compared (RFC 7644 §7.8).
 * @throws ScimError invalidValue for an empty one
 */
export function checkedPassword(password: string): string {
  const prepared = preparePassword(password);
  if (prepared === '') throw invalidValue('The password must not be empty.');
  return prepared;
}

/**
 * Hashes a password for storing (RFC 7643 §9.2), prepared as OpaqueString first (RFC 7644 §7.8).
 * @returns `$scrypt$N$r$p$salt$hash`, the last two in base64
 * @throws ScimError invalidValue for an empty password
 */
export async function hashPassword(password: string): Promise<string> {
  const prepared = checkedPassword(password);
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(prepared, salt, HASH_BYTES, COST);
  const { N, r, p } = COST;
  return `$scrypt$${N}$${r}$${p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Whether a stored text is a hash as `hashPassword` makes them. */
export function isHashedPassword(stored: string): boolean {
  return STORED.test(stored);
}

/** Whether a password is the one that was hashed; false for anything that is no such hash. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = STORED.exec(stored);
  if (match === null) return false;
  const [, N, r, p, salt = '', hash = ''] = match;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, 'base64');
  if (expected.length === 0 || 128 * cost.N * cost.r * cost.p > MOST_MEMORY) return false;
  try {
    const salted = Buffer.from(salt, 'base64');
    const actual = await derive(preparePassword(password), salted, expected.length, cost);
    return timingSafeEqual(actual, expected);
  } catch {
    return false; // parameters that scrypt does not know
  }
}

function derive(password: string, salt: Buffer, length: number, cost: ScryptOptions) {
  return new Promise<Buffer>((resolve, reject) => {
    scrypt(password, salt, length, { ...cost, maxmem: MOST_MEMORY * 2 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
