import { mongo } from 'mongoose';
import { BackendError } from '#backend';

/** Seconds after which another try makes sense. */
const RETRY_AFTER = 2;

/** A value of a unique index, or an id, that is taken. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError';

  constructor(
    /** The fields of the index. */
    readonly fields: readonly string[],
    cause: unknown,
  ) {
    super('a unique index has this value already', { cause });
  }
}

/** Without a transaction: another process changed the document that decides first. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

export function unavailable(cause: unknown): BackendError {
  const message = 'The database does not answer at the moment.';
  return new BackendError('unavailable', message, { retryAfter: RETRY_AFTER, cause });
}

/** What a driver's error means to those outside; what is none of the driver's stays as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof mongo.MongoError)) return isTooLarge(error) ? tooLarge(error) : error;
  if (error.code === DUPLICATE) return new DuplicateError(fieldsOf(error), error);
  if (isTooLarge(error)) return tooLarge(error);
  return isAway(error) ? unavailable(error) : error;
}

/** Whether the driver knows no server any more, and will not look for one. */
export function hasLostAllServers(error: unknown): boolean {
  return error instanceof mongo.MongoServerSelectionError && error.reason?.servers.size === 0;
}

/** Whether a transaction has to be run once more, since others were faster or the server changed. */
export function isTransient(error: unknown): boolean {
  return hasLabel(error, 'TransientTransactionError') || isBrokenBulk(error);
}

/** Whether it is unknown if a commit happened; committing again is harmless. */
export function isUnknownCommit(error: unknown): boolean {
  return hasLabel(error, 'UnknownTransactionCommitResult');
}

/** A bulk write whose connection broke: the driver's wrapping drops what kind of error it was. */
function isBrokenBulk(error: unknown): boolean {
  if (!(error instanceof mongo.MongoBulkWriteError)) return false;
  return error.code === undefined && [error.writeErrors].flat().length === 0;
}

function hasLabel(error: unknown, label: string): boolean {
  return error instanceof mongo.MongoError && error.hasErrorLabel(label);
}

const DUPLICATE = 11000;

/**
 * Codes of servers that are going away, electing, overloaded or too slow, and of what was in the way
 * of others: each of them may be gone at the next try.
 */
const AWAY = new Set([
  6, 7, 24, 50, 64, 89, 91, 112, 133, 134, 189, 202, 225, 246, 251, 262, 317, 358, 384, 402, 9001,
  10107, 11600, 11601, 11602, 13388, 13435, 13436, 14031, 50915, 384,
]);

function isAway(error: mongo.MongoError): boolean {
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoSystemError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoClientClosedError ||
    error instanceof mongo.MongoExpiredSessionError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    error instanceof mongo.MongoWriteConcernError ||
    error.name === 'MongoPoolClearedError' ||
    error.name === 'MongoPoolClosedError' ||
    error.name === 'MongoWaitQueueTimeoutError' ||
    AWAY.has(Number(error.code)) ||
    isTransient(error) ||
    isUnknownCommit(error)
  );
}

const TOO_LARGE = new Set([10334, 17419, 17420, 17280]);

function isTooLarge(error: unknown): boolean {
  if (error instanceof mongo.MongoError) {
    return (
      TOO_LARGE.has(Number(error.code)) ||
      (error instanceof mongo.MongoInvalidArgumentError && /larger than/.test(error.message))
    );
  }
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
}

function tooLarge(cause: unknown): BackendError {
  return new BackendError(
    'unsupported',
    'The resource is too large: a document of the database holds 16 MiB.',
    { cause },
  );
}

function fieldsOf(error: mongo.MongoError): readonly string[] {
  const { keyPattern } = errorDetails(error);
  if (typeof keyPattern === 'object' && keyPattern !== null) return Object.keys(keyPattern);
  // Servers before 4.4, and errors of bulk writes, have it in their message only.
  const [, index = ''] = /index: (\S+)/.exec(error.message) ?? [];
  return [index];
}

/** What a server says of an error, of a bulk write its first one. */
function errorDetails(error: mongo.MongoError): { readonly keyPattern?: unknown } {
  if (error instanceof mongo.MongoBulkWriteError) {
    const first = [error.writeErrors].flat()[0];
    return (first?.err as { keyPattern?: unknown } | undefined) ?? {};
  }
  return error as { keyPattern?: unknown };
}
