import { invalidSyntax, invalidValue, ScimError } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { readMembers, requireMessageUrn, requireObject } from '../patch/message-members.js';
import type { SchemaRegistry } from '../schema/registry.js';
import { MessageUrn } from '../urns.js';
import { type BulkTarget, parseBulkPath } from './path.js';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type BulkMethod = (typeof METHODS)[number];

/** An operation that can be carried out as far as its own shape tells. */
export interface BulkOperation {
  readonly kind: 'operation';
  /** Position in the request, from 0. */
  readonly index: number;
  readonly method: BulkMethod;
  readonly bulkId: string | undefined;
  /** The ETag the client expects. */
  readonly version: string | undefined;
  readonly target: BulkTarget;
  /** Undefined for DELETE only. */
  readonly data: JsonObject | undefined;
}

/** An operation that fails by its own shape, without failing the others (RFC 7644 §3.7.3). */
export interface RejectedOperation {
  readonly kind: 'rejected';
  readonly index: number;
  readonly method: string | undefined;
  readonly bulkId: string | undefined;
  readonly target: BulkTarget | undefined;
  readonly error: ScimError;
}

export interface BulkMessage {
  /** Number of errors after which the service stops; undefined: never. */
  readonly failOnErrors: number | undefined;
  readonly operations: readonly (BulkOperation | RejectedOperation)[];
}

export interface BulkOptions {
  readonly registry: SchemaRegistry;
  readonly maxOperations: number;
}

/** The answer to a request beyond a published limit (RFC 7644 §3.7.4): it names limit and value. */
export function bulkLimitExceeded(
  limit: 'maxOperations' | 'maxPayloadSize',
  value: number,
): ScimError {
  const unit = limit === 'maxOperations' ? 'operations' : 'bytes';
  return new ScimError(
    413,
    undefined,
    `The bulk request exceeds ${limit}, which is ${value} ${unit}. Send it in smaller parts.`,
  );
}

/**
 * Reads a BulkRequest. What is wrong with one operation makes a rejected operation.
 * @throws ScimError invalidSyntax when the message itself is malformed, 413 beyond maxOperations
 */
export function parseBulk(body: unknown, options: BulkOptions): BulkMessage {
  const where = 'A bulk request';
  const message = readMembers(
    requireObject(body, where),
    ['schemas', 'failOnErrors', 'Operations'],
    where,
  );
  requireMessageUrn(message.schemas, MessageUrn.BulkRequest);
  const failOnErrors = parseFailOnErrors(message.failOnErrors);
  const operations = message.Operations;
  if (!isArray(operations) || operations.length === 0) {
    throw invalidSyntax('"Operations" must be an array with at least one operation.');
  }
  if (operations.length > options.maxOperations) {
    throw bulkLimitExceeded('maxOperations', options.maxOperations);
  }
  const taken = new Set<string>();
  return {
    failOnErrors,
    operations: operations.map((item, index) => parseItem(item, index, options.registry, taken)),
  };
}

function parseFailOnErrors(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw invalidSyntax('"failOnErrors" must be an integer of 1 or more.');
}

/** `taken` collects the bulkIds of the creations before this one. */
function parseItem(
  item: Json,
  index: number,
  registry: SchemaRegistry,
  taken: Set<string>,
): BulkOperation | RejectedOperation {
  const where = `Operation ${index + 1}`;
  let known: Omit<RejectedOperation, 'error'> = {
    kind: 'rejected',
    index,
    method: undefined,
    bulkId: undefined,
    target: undefined,
  };
  try {
    const members = readMembers(
      requireObject(item, where),
      ['method', 'bulkId', 'version', 'path', 'data'],
      where,
    );
    const bulkId = optionalString(members.bulkId, `${where}: "bulkId"`);
    known = { ...known, method: textOrNothing(members.method), bulkId };
    const method = parseMethod(members.method, where);
    if (method === 'POST') claimBulkId(bulkId, taken, where);
    const version = optionalString(members.version, `${where}: "version"`);
    const target = parseTarget(members.path, method, registry, where);
    known = { ...known, target };
    const data = parseData(members.data, method, where);
    return { kind: 'operation', index, method, bulkId, version, target, data };
  } catch (error) {
    if (error instanceof ScimError) return { ...known, error };
    throw error;
  }
}

function textOrNothing(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function optionalString(value: Json | undefined, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw invalidValue(`${what} must be a non-empty string.`);
}

function parseMethod(value: Json | undefined, where: string): BulkMethod {
  const method = METHODS.find((name) => name === value);
  if (method !== undefined) return method;
  throw invalidValue(`${where}: "method" must be one of ${METHODS.join(', ')}.`);
}

function parseTarget(
  value: Json | undefined,
  method: BulkMethod,
  registry: SchemaRegistry,
  where: string,
): BulkTarget {
  const target = typeof value === 'string' ? parseBulkPath(value, registry) : undefined;
  if (target === undefined || (target.kind === 'endpoint') !== (method === 'POST')) {
    const endpoints = registry.types.map((type) => type.endpoint).join(', ');
    throw invalidValue(
      method === 'POST'
        ? `${where}: "path" of a POST must be one of ${endpoints}.`
        : `${where}: "path" must be a resource of one of ${endpoints}, such as "/{endpoint}/{id}".`,
    );
  }
  return target;
}

function claimBulkId(bulkId: string | undefined, taken: Set<string>, where: string): void {
  if (bulkId === undefined) throw invalidValue(`${where}: a POST needs a "bulkId".`);
  if (taken.has(bulkId)) {
    throw invalidValue(`${where}: the bulkId "${bulkId}" is already used by another operation.`);
  }
  taken.add(bulkId);
}

function parseData(
  value: Json | undefined,
  method: BulkMethod,
  where: string,
): JsonObject | undefined {
  if (method === 'DELETE') return undefined;
  if (isObject(value)) return value;
  throw invalidSyntax(`${where}: "data" must be a JSON object.`);
}
