import { invalidPath } from '../errors.js';
import type { Filter } from '../filter/ast.js';
import { isStandardNotation } from '../filter/bind.js';
import { compileElementFilter } from '../filter/evaluate.js';
import { clip } from '../filter/names.js';
import { parsePath } from '../filter/path-parser.js';
import { resolveValueFilter } from '../filter/resolve.js';
import type { Json } from '../json.js';
import { type Attribute, subAttribute } from '../schema/attribute.js';
import { resolvePath } from '../schema/path.js';
import type { ResourceType, Schema } from '../schema/resource-type.js';
import { type Lookup, lookupsOf } from './lookup.js';

/** What the path of a PATCH operation leads to (RFC 7644 §3.5.2). */
export type PatchTarget =
  | { readonly kind: 'extension'; readonly schema: Schema }
  | { readonly kind: 'attribute'; readonly attribute: Attribute }
  /** Of a multi-valued attribute: the sub-attribute of every element. */
  | { readonly kind: 'sub'; readonly attribute: Attribute; readonly sub: Attribute }
  | ElementsTarget;

/** `mv[filter]` and `mv[filter].sub`; leniently, to be removed, also a singular reference. */
export interface ElementsTarget {
  readonly kind: 'elements';
  readonly attribute: Attribute;
  readonly filter: Filter;
  readonly matches: (element: Json) => boolean;
  readonly lookups: readonly Lookup[] | undefined;
  readonly sub: Attribute | undefined;
}

export interface TargetOptions {
  readonly lenient: boolean;
  /** Most terms of a filter in a path; see `SyntaxOptions.maxTerms`. */
  readonly filterTerms?: number | undefined;
}

/**
 * Finds what a path names.
 * @returns undefined when the type has no such attribute
 * @throws ScimError invalidPath for malformed paths and brackets after a singular attribute,
 * invalidFilter for what is wrong inside the brackets
 */
export function findTarget(
  text: string,
  type: ResourceType,
  { lenient, filterTerms }: TargetOptions,
): PatchTarget | undefined {
  const limit = filterTerms === undefined ? {} : { maxTerms: filterTerms };
  const { path, filter, sub } = parsePath(text, { lenient, ...limit });
  const found = resolvePath(type, path);
  if (found === undefined) return undefined;
  if (found.kind === 'extension') {
    if (filter !== undefined) throw noBrackets(path);
    return { kind: 'extension', schema: found.extension };
  }
  const { attribute } = found;
  if (!lenient && !isStandardNotation(type, attribute, path)) return undefined;
  if (filter === undefined) {
    return found.sub === undefined
      ? { kind: 'attribute', attribute }
      : { kind: 'sub', attribute, sub: found.sub };
  }
  // Entra names the one reference to be removed as if it were one of several: manager[value eq "7"].
  const isReference = lenient && sub === undefined && type.references.includes(attribute);
  if (found.sub !== undefined || !(attribute.multiValued || isReference)) throw noBrackets(path);
  const resolved = resolveValueFilter(filter, attribute, { lenient });
  const named = sub === undefined ? undefined : subAttribute(attribute, sub);
  if (sub !== undefined && named === undefined) return undefined;
  return {
    kind: 'elements',
    attribute,
    filter: resolved,
    matches: compileElementFilter(resolved, attribute),
    lookups: lookupsOf(resolved, attribute),
    sub: named,
  };
}

/** The error for a path that names nothing. */
export function unknownPath(text: string, type: ResourceType) {
  return invalidPath(`${type.name} has no attribute "${clip(text)}".`);
}

/** The error for a filter after a singular attribute. */
export function noBrackets(path: string) {
  return invalidPath(
    `"${clip(path)}" is not multi-valued, so no filter can follow it in brackets.`,
  );
}
