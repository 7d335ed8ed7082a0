import type { ScimError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { ResourceType } from '../schema/resource-type.js';
import type { CreatedIds } from './created-ids.js';
import type { BulkOperation, RejectedOperation } from './message.js';

/** What became of an action that succeeded. */
export interface BulkOutcome {
  readonly status: number;
  /** Of the resource; needed after a POST. */
  readonly id: string;
  /** The ETag after the action; undefined after DELETE. */
  readonly version?: string | undefined;
  /** Body to answer with; leave it out to keep the bulk response small. */
  readonly response?: JsonObject | undefined;
}

/** What became of an operation: it has an outcome or an error. */
export interface BulkResult {
  readonly operation: BulkOperation | RejectedOperation;
  readonly outcome?: BulkOutcome;
  readonly error?: ScimError;
}

/** One member of `Operations` of a BulkResponse; `status` is a string (RFC 7644 §3.7.3). */
export function renderResult(
  { operation, outcome, error }: BulkResult,
  ids: CreatedIds,
  links: { locate(type: ResourceType, id: string): string },
): JsonObject {
  const { method, bulkId, target } = operation;
  const id = outcome?.id ?? ids.targetOf(operation);
  const location =
    target === undefined || id === undefined ? undefined : links.locate(target.type, id);
  const response = error?.toJSON() ?? outcome?.response;
  return {
    ...(method === undefined ? {} : { method }),
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(location === undefined ? {} : { location }),
    ...(outcome?.version === undefined ? {} : { version: outcome.version }),
    status: String(error?.status ?? outcome?.status ?? 500),
    ...(response === undefined ? {} : { response }),
  };
}
