import { ScimError } from '../errors.js';
import type { Limit } from '../reader/json-reader.js';
import type { Relation, ResourceType } from '../schema/resource-type.js';
import { compileOperation } from './compile-operation.js';
import {
  foldChanges,
  isRelationElement,
  type RelationChange,
  type RelationDelta,
} from './delta.js';
import { type PatchOperation, parsePatchMessage } from './message.js';
import { type PatchStep, touchedBy } from './steps.js';
import type { PatchContext } from './values.js';

export interface PatchOptions {
  /** Accept what real clients send beyond the RFC. */
  readonly lenient: boolean;
  /** Absolute SCIM base of the request; see `ValueOptions.base`. */
  readonly base?: string | undefined;
  /** Most operations of a request, with the setting that says so. Default no limit. */
  readonly maxOperations?: Limit;
  /** Most terms of a filter in a path; see `SyntaxOptions.maxTerms`. */
  readonly filterTerms?: number | undefined;
}

/** A PATCH request, checked against the schema as far as that goes without the resource. */
export interface PatchPlan {
  readonly type: ResourceType;
  readonly steps: readonly PatchStep[];
  /** Canonical paths of the top-level attributes that the steps read or write; no other is needed. */
  readonly touches: ReadonlySet<string>;
  /**
   * Set if the request is nothing but additions to and removals from relations by value: then it
   * can be carried out without reading them.
   */
  readonly deltas: readonly RelationDelta[] | undefined;
  /** Names of relations that are given as a whole first: whatever they held does not matter. */
  readonly restates: ReadonlySet<string>;
}

/**
 * Compiles the body of a PATCH request (RFC 7644 §3.5.2). Every operation is checked before
 * anything is applied.
 * @throws ScimError as RFC 7644 §3.5.2 and §3.12 define; it names the operation if there are several
 */
export function compilePatch(body: unknown, type: ResourceType, options: PatchOptions): PatchPlan {
  const operations = parsePatchMessage(body, options);
  const steps = operations.flatMap((operation, i) =>
    numbered(operations.length > 1 ? i + 1 : undefined, operation, { ...options, type }),
  );
  const touches = new Set(steps.flatMap(touchedBy));
  const deltas = deltasOf(type, steps);
  return Object.freeze({ type, steps, touches, deltas, restates: restatedBy(type, steps) });
}

function restatedBy(type: ResourceType, steps: readonly PatchStep[]): ReadonlySet<string> {
  const restated = type.relations.filter(({ attribute }) => {
    const first = steps.find((step) => touchedBy(step).includes(attribute.path));
    return first?.kind === 'assign' || first?.kind === 'clear';
  });
  return new Set(restated.map(({ attribute }) => attribute.name));
}

/** The steps as changes of relations; undefined if there is any other step, or none. */
function deltasOf(
  type: ResourceType,
  steps: readonly PatchStep[],
): readonly RelationDelta[] | undefined {
  const deltas: RelationDelta[] = [];
  const apart = new Set<string>();
  for (const relation of type.relations) {
    const changes = changesOf(relation, steps);
    if (changes === undefined) continue;
    const { path } = relation.attribute;
    const delta = foldChanges(path, changes);
    if (delta !== undefined) deltas.push(delta);
    apart.add(path);
  }
  const rest = steps.some((step) => touchedBy(step).some((path) => !apart.has(path)));
  return rest || deltas.length === 0 ? undefined : deltas;
}

/**
 * The steps on a relation as changes by value.
 * @returns undefined if one of them depends on what the relation holds
 */
function changesOf(
  { attribute }: Relation,
  steps: readonly PatchStep[],
): readonly RelationChange[] | undefined {
  // Whether the last element goes, and an extension with it, only the elements can tell.
  if (attribute.required || attribute.extension !== undefined) return undefined;
  const changes: RelationChange[] = [];
  for (const step of steps) {
    if (!touchedBy(step).includes(attribute.path)) continue;
    if (step.kind === 'append' && step.elements.every(isRelationElement)) {
      changes.push({ kind: 'add', elements: step.elements });
    } else if (step.kind === 'discard' && step.values !== undefined) {
      changes.push({ kind: 'remove', values: step.values });
    } else {
      return undefined;
    }
  }
  return changes;
}

function numbered(
  number: number | undefined,
  operation: PatchOperation,
  reading: Omit<PatchContext, 'createMissing'>,
): readonly PatchStep[] {
  const createMissing = operation.op !== 'remove' && operation.capitalised;
  try {
    return compileOperation(operation, { ...reading, createMissing });
  } catch (error) {
    if (number === undefined || !(error instanceof ScimError)) throw error;
    const { status, scimType, detail, headers } = error;
    throw new ScimError(status, scimType, `Operation ${number}: ${detail}`, headers, {
      cause: error,
    });
  }
}
