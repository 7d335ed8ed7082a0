import { BackendError, guarding } from '#backend';
import { LdapError, RESULT, Unreachable } from '../port/directory.js';

/** Codes that say the server cannot answer now, or not to this account (RFC 4511 appendix A). */
const AWAY = new Set([1, 3, 4, 7, 8, 10, 11, 13, 48, 49, 51, 52, 53, 54, 71, 80]);

/** Active Directory gives the system's number of that error alone. */
const ABOUT_PASSWORD = /password|^0000052D/i;

/** Seconds after which another try makes sense. */
const RETRY_AFTER = 5;

/** Turns what the port throws into a `BackendError`; other errors stay what they are. */
export function backendError(error: unknown): unknown {
  if (error instanceof Unreachable) {
    return unavailable('The LDAP server cannot be reached at the moment.', error);
  }
  if (!(error instanceof LdapError)) return error;
  if (AWAY.has(error.code)) {
    const limited = error.code === RESULT.sizeLimitExceeded;
    const why = limited ? 'returns no more than a part of the answer' : 'cannot answer';
    return unavailable(`The LDAP server ${why} at the moment.`, error);
  }
  if (error.code === RESULT.insufficientAccess) {
    const message = 'The LDAP server does not allow this account to make the change.';
    return new BackendError('unsupported', message, { cause: error });
  }
  if (error.code === RESULT.constraintViolation && ABOUT_PASSWORD.test(error.message)) {
    const message = 'The directory refuses the password by its own rules.';
    return new BackendError('unsupported', message, { cause: error });
  }
  return new BackendError('unsupported', 'The LDAP server refuses to keep this resource.', {
    cause: error,
  });
}

function unavailable(message: string, cause: unknown): BackendError {
  return new BackendError('unavailable', message, { retryAfter: RETRY_AFTER, cause });
}

/** @param size and @param most are octets that a write takes, and may take */
export function tooLarge(size: number, most: number): BackendError {
  const message = `The directory takes at most ${most} octets in one change, and this one has ${size}: the resource, or the number of elements changed at once, is too large for it.`;
  return new BackendError('unsupported', message);
}

/** The store cannot hold a resource under this id. */
export function invalidId(cause?: unknown): BackendError {
  return new BackendError('invalid-id', 'The directory cannot keep a resource under this id.', {
    cause,
  });
}

export const { guarded, guardedScan } = guarding(backendError);
