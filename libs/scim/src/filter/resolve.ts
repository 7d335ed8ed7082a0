import { invalidFilter } from '../errors.js';
import { comparable } from '../matching.js';
import { holdsHalfPair } from '../reader/text.js';
import { type Attribute, leaf } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import type { Filter, FilterPath } from './ast.js';
import { bind, checkVisible, type ResolveOptions, type Scope } from './bind.js';
import { combine, compare, constant, filterPath, negate, present, valuePath } from './fold.js';
import {
  idAttribute,
  idOfUri,
  isLocation,
  isResourceReference,
  isTypeName,
  isUriOf,
} from './kept-path.js';
import { checkOperator, convertLiteral } from './literal.js';
import { clip } from './names.js';
import { comparison } from './operators.js';
import { parseFilterSyntax, type SyntaxOptions } from './parser.js';
import type { CompareOperator, SyntaxNode } from './syntax.js';

type Compare = Extract<SyntaxNode, { kind: 'compare' }>;

/** Parses a filter and binds it to a resource type. @throws as the two steps do */
export function parseFilter(
  text: string,
  type: ResourceType,
  options: ResolveOptions & SyntaxOptions = {},
): Filter {
  return resolveFilter(parseFilterSyntax(text, options), type, options);
}

/**
 * Binds a parsed filter to a resource type (RFC 7644 §3.4.2.2): finds every attribute, checks
 * operators and literals against its type, and replaces what is not kept by what is.
 * @throws ScimError 400 invalidFilter, 403 sensitive
 */
export function resolveFilter(
  syntax: SyntaxNode,
  type: ResourceType,
  options: ResolveOptions = {},
): Filter {
  return resolve(syntax, { kind: 'resource', type, options, lenient: options.lenient ?? true });
}

/**
 * Binds the filter of a value path; its paths start at an element of `attribute`.
 * @throws ScimError 400 invalidFilter
 */
export function resolveValueFilter(
  syntax: SyntaxNode,
  attribute: Attribute,
  options: ResolveOptions = {},
): Filter {
  const lenient = options.lenient ?? true;
  return resolve(syntax, { kind: 'element', owner: attribute, options, lenient });
}

function resolve(node: SyntaxNode, scope: Scope): Filter {
  switch (node.kind) {
    case 'and':
    case 'or':
      return combine(
        node.kind,
        operandsOf(node).map((operand) => resolve(operand, scope)),
      );
    case 'not':
      return negate(resolve(node.operand, scope));
    case 'present':
      return resolvePresent(node.path, node.position, scope);
    case 'compare':
      return resolveCompare(node, scope);
    case 'valuePath':
      return resolveValuePath(node, scope);
  }
}

/** Walks down the left spine, which is as long as the filter, without recursion. */
function operandsOf(node: SyntaxNode & { kind: 'and' | 'or' }): SyntaxNode[] {
  const operands: SyntaxNode[] = [];
  let rest: SyntaxNode = node;
  while (rest.kind === node.kind) {
    operands.push(rest.right);
    rest = rest.left;
  }
  operands.push(rest);
  return operands.reverse();
}

function resolvePresent(text: string, position: number, scope: Scope): Filter {
  const path = find(scope, text, position);
  return path === undefined ? constant(false) : presence(path, scope);
}

function resolveCompare(node: Compare, scope: Scope): Filter {
  const at = character(node.position);
  const path = find(scope, node.path, node.position);
  if (node.value === null) return resolveNull(path, node.operator, scope, at);
  if (path === undefined) return constant(node.operator === 'ne');
  if (scope.kind === 'resource' && isTypeName(scope.type, path)) {
    return foldTypeName(node.operator, node.value, scope.type, leaf(path), at);
  }
  if (isUri(path, scope)) return resolveUri(path, node.operator, node.value, scope, at);
  const target = significant(path, scope, at);
  const attribute = leaf(target);
  checkVisible(scope, attribute);
  checkOperator(attribute, node.operator, at);
  const value = convertLiteral(attribute, node.value, scope.lenient, at);
  if (typeof value === 'string' && holdsHalfPair(value)) return unlikeAnyText(node.operator, at);
  if (value === false && isPrimary(target, scope)) return notPrimary(target, node.operator);
  return compare(target, node.operator, value);
}

/** Half a surrogate pair is in no stored text, and has no place in their order. */
function unlikeAnyText(operator: CompareOperator, at: string): Filter {
  if (operator === 'ne') return constant(true);
  if (['eq', 'co', 'sw', 'ew'].includes(operator)) return constant(false);
  throw invalidFilter(`The filter is wrong at ${at}: its text holds half a surrogate pair.`);
}

/** `eq null` is "unassigned" and `ne null` "assigned" (RFC 7643 §2.5); null has no order. */
function resolveNull(
  path: FilterPath | undefined,
  operator: CompareOperator,
  scope: Scope,
  at: string,
): Filter {
  if (operator !== 'eq' && operator !== 'ne') {
    throw invalidFilter(`The filter is wrong at ${at}: null goes with eq and ne only.`);
  }
  const assigned = path === undefined ? constant(false) : presence(path, scope);
  return operator === 'eq' ? negate(assigned) : assigned;
}

function resolveValuePath(node: SyntaxNode & { kind: 'valuePath' }, scope: Scope): Filter {
  const at = character(node.position);
  const path = find(scope, node.path, node.position);
  if (path === undefined) return constant(false);
  if (path.sub !== undefined || path.element || !path.attribute.multiValued) {
    throw invalidFilter(
      `The filter is wrong at ${at}: brackets follow a multi-valued attribute, ` +
        `and ${leaf(path).path} is none.`,
    );
  }
  const owner = path.attribute;
  const { options, lenient } = scope;
  return valuePath(owner, resolve(node.filter, { kind: 'element', owner, options, lenient }));
}

function find(scope: Scope, text: string, position: number): FilterPath | undefined {
  const found = bind(scope, text, character(position));
  if (found === undefined) return undefined;
  return filterPath(scope.kind === 'element', found.attribute, found.sub);
}

/** The assigned-ness of a path; that of what is not kept follows from what is. */
function presence(path: FilterPath, scope: Scope): Filter {
  if (scope.kind === 'resource' && (isTypeName(scope.type, path) || isLocation(scope.type, path))) {
    return constant(true);
  }
  return present(isReference(path, scope) ? valueBeside(path, scope) : path);
}

function foldTypeName(
  operator: CompareOperator,
  value: string | number | boolean,
  type: ResourceType,
  attribute: Attribute,
  at: string,
): Filter {
  checkOperator(attribute, operator, at);
  const literal = comparable(attribute.matching, convertLiteral(attribute, value, false, at));
  const name = comparable(attribute.matching, type.name);
  return constant(literal !== undefined && comparison(operator, literal)(name));
}

function isUri(path: FilterPath, scope: Scope): boolean {
  return isReference(path, scope) || (scope.kind === 'resource' && isLocation(scope.type, path));
}

/** URIs of resources are not kept: equal URIs are equal ids, and no other comparison makes sense. */
function resolveUri(
  path: FilterPath,
  operator: CompareOperator,
  value: string | number | boolean,
  scope: Scope,
  at: string,
): Filter {
  if (operator !== 'eq' && operator !== 'ne') {
    throw invalidFilter(
      `The filter is wrong at ${at}: ${leaf(path).path} can be compared by eq, ne and pr only.`,
    );
  }
  const uri = String(convertLiteral(leaf(path), value, scope.lenient, at));
  if (isReference(path, scope)) return compare(valueBeside(path, scope), operator, idOfUri(uri));
  if (scope.kind !== 'resource' || !isUriOf(scope.type, uri)) return constant(operator === 'ne');
  return compare(filterPath(false, idAttribute(scope.type)), operator, idOfUri(uri));
}

function isReference(path: FilterPath, scope: Scope): boolean {
  if (scope.kind === 'element') return isResourceReference(scope.owner, path.attribute);
  return path.sub !== undefined && isResourceReference(path.attribute, path.sub);
}

/** The `value` beside a `$ref`. */
function valueBeside(path: FilterPath, scope: Scope): FilterPath {
  const owner = scope.kind === 'element' ? scope.owner : path.attribute;
  const value = owner.subByName.get('value');
  if (value === undefined) return path;
  return path.element ? filterPath(true, value) : filterPath(false, owner, value);
}

/** A complex attribute stands for its `value`, where it has one. */
function significant(path: FilterPath, scope: Scope, at: string): FilterPath {
  const attribute = leaf(path);
  if (attribute.type !== 'complex') return path;
  const value = attribute.subByName.get('value');
  // Among references this is what Entra writes: manager eq "id".
  const refers = attribute.subAttributes.some((sub) => isResourceReference(attribute, sub));
  if (value !== undefined && (scope.lenient || !refers)) return filterPath(false, attribute, value);
  const names = attribute.subAttributes.map((sub) => sub.name).join(', ');
  throw invalidFilter(
    `The filter is wrong at ${at}: ${clip(attribute.path)} is complex; ` +
      `compare one of its sub-attributes (${names}).`,
  );
}

/** RFC 7643 §2.4 gives `primary` of multi-valued attributes a meaning: absent means false. */
function isPrimary(path: FilterPath, scope: Scope): boolean {
  const owner = scope.kind === 'element' ? scope.owner : path.attribute;
  const { name, type } = leaf(path);
  return type === 'boolean' && owner.multiValued && owner !== leaf(path) && name === 'primary';
}

/** `primary eq false` and `primary ne false`, said by what is kept. */
function notPrimary(path: FilterPath, operator: CompareOperator): Filter {
  const primary = compare(path, 'eq', true);
  if (path.sub === undefined) return operator === 'eq' ? negate(primary) : primary;
  if (operator === 'eq') {
    return valuePath(path.attribute, negate(compare(filterPath(true, path.sub), 'eq', true)));
  }
  return combine('or', [primary, negate(present(filterPath(false, path.attribute)))]);
}

function character(position: number): string {
  return `character ${position + 1}`;
}
