import { randomBytes } from 'node:crypto';

/** Takes a password and never gives one back (MS-ADTS 3.1.1.3.1.5). */
export const UNICODE_PASSWORD = 'unicodePwd';

/** Quoted, in UTF-16. */
export function unicodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

/**
 * An account is not enabled without a password. Where nobody has given one, it gets one that nobody
 * knows; the signs at its end are those that rules for passwords ask for.
 */
export function unknownPassword(): Buffer {
  return unicodePassword(`${randomBytes(24).toString('base64url')}aA1!`);
}
