import { mutability, type ScimError } from '../errors.js';
import { isArray, type Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import { listOfOne } from '../validation/entra-values.js';
import { changeElements, removeElements, removeListed } from './element-steps.js';
import { expandMembers } from './expand.js';
import type { PatchOperation } from './message.js';
import { isSchemas, schemasSteps } from './schemas-steps.js';
import type { PatchStep } from './steps.js';
import { findTarget, type PatchTarget, unknownPath } from './target.js';
import {
  asObject,
  type PatchContext,
  parseElements,
  parsePart,
  parseParts,
  parseWhole,
  requiredStays,
  unassignsReference,
} from './values.js';

/**
 * What one operation does. Everything that can be known without the resource is checked here.
 * @throws ScimError invalidPath, invalidFilter, invalidValue, mutability
 */
export function compileOperation(
  operation: PatchOperation,
  context: PatchContext,
): readonly PatchStep[] {
  if (operation.op === 'remove') {
    return compileRemove(targetOf(operation.path, context), operation.value, context);
  }
  const { op, path, value } = operation;
  return path === undefined
    ? expandMembers(op, value, undefined, context, compileTarget)
    : compileTarget(targetOf(path, context), op, value, context);
}

function targetOf(path: string, context: PatchContext): PatchTarget {
  const target = findTarget(path, context.type, context);
  if (target === undefined) throw unknownPath(path, context.type);
  return target;
}

/** Steps for add and replace. */
function compileTarget(
  target: PatchTarget,
  op: 'add' | 'replace',
  value: Json,
  context: PatchContext,
): readonly PatchStep[] {
  if (target.kind === 'extension') {
    const empty = value === null || (isArray(value) && value.length === 0);
    if (!empty) return expandMembers(op, value, target.schema, context, compileTarget);
    return op === 'add' ? [] : [{ kind: 'dropExtension', schema: target.schema }];
  }
  checkWritable(target);
  if (isSchemas(target.attribute, context.type)) return schemasSteps(target, op, value, context);
  switch (target.kind) {
    case 'attribute':
      return setAttribute(target.attribute, op, value, context);
    case 'sub':
      return setSub(target.attribute, target.sub, op, value, context);
    case 'elements':
      return changeElements(target, op, value, context);
  }
}

function setAttribute(
  attribute: Attribute,
  op: 'add' | 'replace',
  value: Json,
  context: PatchContext,
): readonly PatchStep[] {
  if (attribute.multiValued && op === 'add') {
    const elements = parseElements(attribute, value, context);
    return elements.length === 0 ? [] : [{ kind: 'append', attribute, elements }];
  }
  const given = context.lenient && !attribute.multiValued ? listOfOne(attribute, value) : value;
  if (attribute.type === 'complex' && !attribute.multiValued) {
    const cleared = given === null || given === '' || (isArray(given) && given.length === 0);
    if (!cleared || (given === '' && !context.lenient)) {
      const object = asObject(attribute, given, context.lenient);
      return merged(attribute, parseParts(attribute, object, op === 'add', context), context);
    }
  }
  const parsed = parseWhole(attribute, given, context);
  return [
    parsed === undefined
      ? { kind: 'clear', attribute }
      : { kind: 'assign', attribute, value: parsed },
  ];
}

function setSub(
  attribute: Attribute,
  sub: Attribute,
  op: 'add' | 'replace',
  value: Json,
  context: PatchContext,
): readonly PatchStep[] {
  const parts = parsePart(attribute, sub, value, op === 'add', context);
  if (!attribute.multiValued) return merged(attribute, parts, context);
  const change = { kind: 'parts', parts } as const;
  // Unassigning what no element has is done already.
  const missing = {
    kind: parts.every((part) => part.value === undefined) ? 'ignore' : 'refuse',
  } as const;
  return [{ kind: 'edit', attribute, matches: undefined, lookups: undefined, change, missing }];
}

function merged(
  attribute: Attribute,
  parts: Parameters<typeof unassignsReference>[1],
  { type }: PatchContext,
): readonly PatchStep[] {
  if (parts.length === 0) return [];
  if (!unassignsReference(attribute, parts, type)) return [{ kind: 'merge', attribute, parts }];
  if (attribute.required) throw requiredStays(attribute);
  return [{ kind: 'clear', attribute }];
}

function compileRemove(
  target: PatchTarget,
  value: Json | undefined,
  context: PatchContext,
): readonly PatchStep[] {
  if (target.kind === 'extension') return [{ kind: 'dropExtension', schema: target.schema }];
  checkWritable(target);
  if (isSchemas(target.attribute, context.type)) {
    return schemasSteps(target, 'remove', value, context);
  }
  const { attribute } = target;
  switch (target.kind) {
    case 'elements':
      return removeElements(target, context);
    case 'sub': {
      if (target.sub.required) throw requiredStays(target.sub);
      return setSub(attribute, target.sub, 'replace', null, context);
    }
    case 'attribute': {
      const isGiven = value !== undefined && value !== null;
      const isReference = context.type.references.includes(attribute) && value !== '';
      if (isGiven && (attribute.multiValued || isReference))
        return removeListed(attribute, value, context);
      if (attribute.required) throw requiredStays(attribute);
      return [{ kind: 'clear', attribute }];
    }
  }
}

function checkWritable(target: Exclude<PatchTarget, { kind: 'extension' }>): void {
  const { attribute } = target;
  const sub = target.kind === 'attribute' ? undefined : target.sub;
  const fixed = [attribute, sub].find((one) => one?.mutability === 'readOnly');
  if (fixed !== undefined) throw readOnly(fixed);
}

function readOnly(attribute: Attribute): ScimError {
  return mutability(`${attribute.path} is set by the service and cannot be changed.`);
}
