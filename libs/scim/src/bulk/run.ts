import { ScimError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { ResourceType } from '../schema/resource-type.js';
import { MessageUrn } from '../urns.js';
import { CreatedIds } from './created-ids.js';
import type { BulkMethod, BulkOperation } from './message.js';
import type { BulkPlan, BulkUnit, CircleMember, PlannedOperation } from './plan.js';
import { resolveReferences } from './references.js';
import { type BulkOutcome, type BulkResult, renderResult } from './result.js';

/** One request to carry out, every reference resolved. */
export interface BulkAction {
  /** Position in the bulk request of the operation it belongs to, from 0. */
  readonly index: number;
  readonly method: BulkMethod;
  readonly type: ResourceType;
  /** Undefined for POST only. */
  readonly id: string | undefined;
  /** The ETag to compare with, as If-Match. */
  readonly version: string | undefined;
  /** Undefined for DELETE only. */
  readonly data: JsonObject | undefined;
  /**
   * `link` adds the references that a creation in a circle had to do without; `undo` takes such a
   * creation back when the circle cannot be closed.
   */
  readonly purpose: 'request' | 'link' | 'undo';
}

export interface BulkHandlers {
  /** Carries an action out, atomically by itself; a failure is thrown. */
  execute(action: BulkAction): Promise<BulkOutcome>;
  /** `meta.location` of a resource. */
  locate(type: ResourceType, id: string): string;
  /** What the client is told about anything `execute` throws. */
  toError(error: unknown): ScimError;
  /** Awaited between operations, so that other requests have their turn. */
  pause?(): Promise<void>;
}

/**
 * Carries out a plan, one action after the other, and answers with the BulkResponse: results in the
 * order of the request, those never started because of failOnErrors left out (RFC 7644 §3.7.3).
 */
export async function runBulk(plan: BulkPlan, handlers: BulkHandlers): Promise<JsonObject> {
  const results: BulkResult[] = [];
  const ids = new CreatedIds();
  let errors = 0;
  for (const unit of plan.units) {
    const ofUnit = await runUnit(unit, ids, handlers);
    results.push(...ofUnit);
    errors += ofUnit.filter((result) => result.error !== undefined).length;
    if (plan.failOnErrors !== undefined && errors >= plan.failOnErrors) break;
    await handlers.pause?.();
  }
  results.sort((a, b) => a.operation.index - b.operation.index);
  return {
    schemas: [MessageUrn.BulkResponse],
    Operations: results.map((result) => rendered(result, ids, handlers)),
  };
}

/** What cannot be shown is the failure of its own operation; the others are done and are told. */
function rendered(result: BulkResult, ids: CreatedIds, handlers: BulkHandlers): JsonObject {
  try {
    return renderResult(result, ids, handlers);
  } catch (error) {
    const { method, bulkId } = result.operation;
    const failure = handlers.toError(error);
    return {
      ...(method === undefined ? {} : { method }),
      ...(bulkId === undefined ? {} : { bulkId }),
      status: String(failure.status),
      response: failure.toJSON(),
    };
  }
}

async function runUnit(
  unit: BulkUnit,
  ids: CreatedIds,
  handlers: BulkHandlers,
): Promise<readonly BulkResult[]> {
  switch (unit.kind) {
    case 'rejected':
      return [{ operation: unit.operation, error: unit.operation.error }];
    case 'single':
      return [await runOperation(unit, ids, handlers)];
    case 'circle':
      return runCircle(unit.members, ids, handlers);
  }
}

async function runOperation(
  { operation, needs }: PlannedOperation,
  ids: CreatedIds,
  handlers: BulkHandlers,
): Promise<BulkResult> {
  const missing = ids.missing(needs);
  if (missing.length > 0) return { operation, error: dependencyFailed(missing) };
  try {
    const outcome = await handlers.execute(toAction(operation, ids));
    if (operation.method === 'POST') ids.add(operation, outcome.id);
    return { operation, outcome };
  } catch (error) {
    return { operation, error: handlers.toError(error) };
  }
}

/**
 * Creates every member, then adds the references that were left out. One failure fails them all:
 * what was created is deleted again, since an operation that answers 409 must not have an effect.
 */
async function runCircle(
  members: readonly CircleMember[],
  ids: CreatedIds,
  handlers: BulkHandlers,
): Promise<readonly BulkResult[]> {
  const done = new Map<number, BulkResult>();
  const attempt = async (
    member: CircleMember,
    run: () => Promise<BulkResult>,
  ): Promise<boolean> => {
    const result = await run();
    done.set(member.operation.index, result);
    return result.error === undefined;
  };
  const close = async (): Promise<boolean> => {
    for (const member of members) {
      if (!(await attempt(member, () => runOperation(member, ids, handlers)))) return false;
    }
    for (const member of members) {
      if (!(await attempt(member, () => runLink(member, done, ids, handlers)))) return false;
    }
    return true;
  };
  if (!(await close())) await undo(members, done, ids, handlers);
  return [...done.values()];
}

async function runLink(
  { operation, link }: CircleMember,
  done: ReadonlyMap<number, BulkResult>,
  ids: CreatedIds,
  handlers: BulkHandlers,
): Promise<BulkResult> {
  const created = done.get(operation.index)?.outcome;
  if (created === undefined) throw new Error('a creation to link has no outcome');
  if (link === undefined) return { operation, outcome: created };
  try {
    const outcome = await handlers.execute({
      ...toAction(operation, ids),
      method: 'PATCH',
      id: created.id,
      version: undefined,
      data: resolveReferences(link, 'PATCH', ids.byBulkId),
      purpose: 'link',
    });
    return { operation, outcome: { ...outcome, id: created.id, status: created.status } };
  } catch (error) {
    return { operation, error: handlers.toError(error) };
  }
}

async function undo(
  members: readonly CircleMember[],
  done: Map<number, BulkResult>,
  ids: CreatedIds,
  handlers: BulkHandlers,
): Promise<void> {
  const failed = members.flatMap(({ operation }) =>
    done.get(operation.index)?.error === undefined ? [] : operation.index,
  );
  for (const { operation } of members.toReversed()) {
    const before = done.get(operation.index);
    const own = before?.error;
    const id = operation.bulkId === undefined ? undefined : ids.byBulkId.get(operation.bulkId);
    let error = own ?? dependencyFailed(failed);
    if (id !== undefined) {
      const { index, target } = operation;
      const what = { index, type: target.type, id, version: undefined, data: undefined };
      try {
        await handlers.execute({ ...what, method: 'DELETE', purpose: 'undo' });
      } catch (cause) {
        error = notTakenBack(error, cause);
      }
      ids.delete(operation);
    }
    done.set(operation.index, { operation, error });
  }
}

function toAction(operation: BulkOperation, ids: CreatedIds): BulkAction {
  const { index, method, target, version, data } = operation;
  return {
    index,
    method,
    type: target.type,
    id: ids.targetOf(operation),
    version,
    data: data === undefined ? undefined : resolveReferences(data, method, ids.byBulkId),
    purpose: 'request',
  };
}

// RFC 7644 §3.7.1 leaves the status open; 409, as for circles that cannot be resolved.
function dependencyFailed(indexes: readonly number[]): ScimError {
  const numbers = indexes.map((index) => index + 1).join(', ');
  return new ScimError(409, undefined, `It depends on operation ${numbers}, which failed.`);
}

function notTakenBack(error: ScimError, cause: unknown): ScimError {
  const detail = `${error.detail} The resource was created before that and could not be deleted again.`;
  return new ScimError(error.status, error.scimType, detail, error.headers, { cause });
}
