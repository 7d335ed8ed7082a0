import { createHash } from 'node:crypto';
import { comparable } from '#scim';

/** Most characters of a user name. */
const LONGEST = 30;
const LEGAL = /^[a-z][a-z0-9._-]*$/;
/** Names that are made here end so; a client's own name of this form is not used as it is. */
const DERIVED = /-[a-v0-9]{10}$/;

/**
 * The name that a user has in JumpCloud: the SCIM userName in lower case where that is allowed, else
 * what is left of it with a hash. Names that SCIM takes for equal give the same one.
 */
export function nativeName(userName: string): string {
  const key = String(comparable('userName', userName) ?? '');
  if (LEGAL.test(key) && key.length <= LONGEST && !DERIVED.test(key)) return key;
  const cleaned = key
    .normalize('NFKD')
    .replace(/@.*$/s, '')
    .replace(/[^a-z0-9._]+/g, '')
    .replace(/^[^a-z]+/, '');
  const readable = cleaned.slice(0, LONGEST - 11) || 'user';
  return `${readable}-${hash(key)}`;
}

/** 50 bits in base 32. */
function hash(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  return bytes.readBigUInt64BE().toString(32).padStart(13, '0').slice(0, 10);
}
