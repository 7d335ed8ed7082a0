import { invalidValue, ScimError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { deferReferences } from './deferral.js';
import type { BulkMessage, BulkOperation, RejectedOperation } from './message.js';
import { dependencyGroups } from './order.js';
import { referencesIn } from './references.js';

/** An operation with the indexes of the creations that must have succeeded before it. */
export interface PlannedOperation {
  readonly operation: BulkOperation;
  readonly needs: readonly number[];
}

/** A creation in a circle: made without some references, which `link` (a PatchOp) then adds. */
export interface CircleMember extends PlannedOperation {
  readonly link: JsonObject | undefined;
}

/** What is carried out together, in this order; units succeed and fail independently. */
export type BulkUnit =
  | { readonly kind: 'rejected'; readonly operation: RejectedOperation }
  | ({ readonly kind: 'single' } & PlannedOperation)
  | { readonly kind: 'circle'; readonly members: readonly CircleMember[] };

export interface BulkPlan {
  readonly failOnErrors: number | undefined;
  readonly units: readonly BulkUnit[];
}

/**
 * Puts the operations of a bulk request into an order in which every `bulkId:x` is known when it is
 * needed: what refers to a later creation waits for it, everything else keeps its order, since a
 * creation may count on the DELETE before it (RFC 7644 §3.7: optimising is allowed when the result is
 * the same). A reference to a bulkId
 * that no operation creates rejects the operation.
 */
export function planBulk(message: BulkMessage): BulkPlan {
  const creations = new Map<string, number>();
  for (const operation of message.operations) {
    const { bulkId, index, method } = operation;
    if (method === 'POST' && bulkId !== undefined && !creations.has(bulkId)) {
      creations.set(bulkId, index);
    }
  }
  const planned = message.operations.map((operation) => withNeeds(operation, creations));
  const groups = dependencyGroups(planned.length, (node) => {
    const entry = planned[node];
    return entry === undefined || entry.kind === 'rejected' ? [] : entry.needs;
  });
  const units = groups.map((group) => toUnit(group.flatMap((index) => planned[index] ?? [])));
  return { failOnErrors: message.failOnErrors, units };
}

type Planned =
  | { readonly kind: 'rejected'; readonly operation: RejectedOperation }
  | ({ readonly kind: 'single' } & PlannedOperation);

function withNeeds(
  operation: BulkOperation | RejectedOperation,
  creations: ReadonlyMap<string, number>,
): Planned {
  if (operation.kind === 'rejected') return { kind: 'rejected', operation };
  try {
    const needs = [...namedBy(operation)].map((bulkId) => {
      const index = creations.get(bulkId);
      if (index !== undefined) return index;
      throw invalidValue(
        `Operation ${operation.index + 1} refers to the bulkId "${bulkId}", which no POST of the request has.`,
      );
    });
    return { kind: 'single', operation, needs };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { kind: 'rejected', operation: { ...operation, kind: 'rejected', error } };
  }
}

function namedBy(operation: BulkOperation): Set<string> {
  const { target, data, method } = operation;
  const names = new Set(data === undefined ? [] : referencesIn(data, method));
  if (target.kind === 'created') names.add(target.bulkId);
  return names;
}

function toUnit(group: readonly Planned[]): BulkUnit {
  const [first, ...others] = group;
  if (first === undefined) throw new Error('a group of dependent operations is empty');
  if (first.kind === 'rejected') return first;
  if (others.length === 0 && !first.needs.includes(first.operation.index)) return first;
  const members = group.flatMap((entry) => (entry.kind === 'single' ? [entry] : []));
  return { kind: 'circle', members: members.map((member) => breakCircle(member, members)) };
}

/** Leaves out of a creation what comes after it in the circle, itself included. */
function breakCircle(member: PlannedOperation, circle: readonly PlannedOperation[]): CircleMember {
  const { operation, needs } = member;
  const later = circle.filter((other) => other.operation.index >= operation.index);
  const bulkIds = new Set(later.flatMap((other) => other.operation.bulkId ?? []));
  const { data, link } = deferReferences(operation.data ?? {}, bulkIds);
  const indexes = new Set(later.map((other) => other.operation.index));
  return {
    operation: { ...operation, data },
    needs: needs.filter((index) => !indexes.has(index)),
    link,
  };
}
