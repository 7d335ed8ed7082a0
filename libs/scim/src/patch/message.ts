import { invalidSyntax, invalidValue, noTarget, ScimError } from '../errors.js';
import { isArray, type Json } from '../json.js';
import type { Limit } from '../reader/json-reader.js';
import { MessageUrn } from '../urns.js';
import { readMembers, requireMessageUrn, requireObject } from './message-members.js';

/** One operation of a PatchOp message, checked for its shape only (RFC 7644 §3.5.2). */
export type PatchOperation =
  | {
      readonly op: 'add' | 'replace';
      /** Written as Entra does (`Replace`), which expects more of it; see `PatchContext`. */
      readonly capitalised: boolean;
      /** Undefined: the operation is on the resource itself, and `value` holds its attributes. */
      readonly path: string | undefined;
      readonly value: Json;
    }
  | {
      readonly op: 'remove';
      readonly path: string;
      /** What Entra lists to be taken out; undefined where the operation names none. */
      readonly value: Json | undefined;
    };

/**
 * Reads a PatchOp message. Keys are found in any letter case, keys that mean nothing are ignored,
 * and leniently `op` may be capitalised as Entra sends it.
 * @throws ScimError invalidSyntax for a message of the wrong shape, invalidValue for an add or
 * replace without value, noTarget for a remove without path, 413 for too many operations
 */
export function parsePatchMessage(
  body: unknown,
  options: { readonly lenient: boolean; readonly maxOperations?: Limit },
): readonly PatchOperation[] {
  const message = readMembers(
    requireObject(body, 'A PATCH request'),
    ['schemas', 'Operations'],
    'A PATCH request',
  );
  requireMessageUrn(message.schemas, MessageUrn.PatchOp);
  const operations = message.Operations;
  if (!isArray(operations) || operations.length === 0) {
    throw invalidSyntax('"Operations" must be an array with at least one operation.');
  }
  const { maxOperations } = options;
  if (maxOperations !== undefined && operations.length > maxOperations.most) {
    const { most, setting } = maxOperations;
    const detail = `The request has more than ${most} operations, the limit set by ${setting}; send several.`;
    throw new ScimError(413, undefined, detail);
  }
  return operations.map((operation, i) => parseOperation(operation, i + 1, options.lenient));
}

function parseOperation(operation: Json, number: number, lenient: boolean): PatchOperation {
  const where = `Operation ${number}`;
  const { op, path, value } = readMembers(
    requireObject(operation, where),
    ['op', 'path', 'value'],
    where,
  );
  const name = parseOp(op, where, lenient);
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw invalidSyntax(`${where}: "path" must be a string.`);
  }
  const target = path ?? undefined;
  if (name === 'remove') {
    if (target === undefined) throw removeWithoutPath(where);
    return { op: name, path: target, value };
  }
  if (value === undefined) throw invalidValue(`${where}: "${name}" needs a "value".`);
  return { op: name, capitalised: op !== name, path: target, value };
}

function parseOp(op: Json | undefined, where: string, lenient: boolean): PatchOperation['op'] {
  const name = typeof op === 'string' && lenient ? op.toLowerCase() : op;
  if (name === 'add' || name === 'remove' || name === 'replace') return name;
  throw invalidSyntax(`${where}: "op" must be "add", "remove" or "replace".`);
}

// RFC 7644 §3.5.2.2: "If path is unspecified, the operation fails with … noTarget".
function removeWithoutPath(where: string): ScimError {
  return noTarget(`${where}: "remove" needs a "path" that says what to remove.`);
}
