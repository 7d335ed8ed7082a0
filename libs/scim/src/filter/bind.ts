import { invalidFilter, ScimError } from '../errors.js';
import { type Attribute, type AttributePath, subAttribute } from '../schema/attribute.js';
import { resolvePath } from '../schema/path.js';
import type { ResourceType } from '../schema/resource-type.js';
import { clip } from './names.js';

export interface ResolveOptions {
  /**
   * What an attribute is that the type does not have: a mistake (`refuse`, the default), or
   * `unassigned`, for queries over all types (RFC 7644 §3.4.2.1).
   */
  readonly unknown?: 'refuse' | 'unassigned';
  /**
   * Lower-case canonical paths of attributes that must not stand in a request URI; for GET only
   * (RFC 7644 §7.5.2). They are answered with 403 `sensitive`.
   */
  readonly sensitive?: ReadonlySet<string>;
  /** Accepts what clients write beyond the text of the RFC. Default true. */
  readonly lenient?: boolean;
}

/** What the paths of a filter start from: a resource of a type, or one element of an attribute. */
export type Scope = { readonly lenient: boolean; readonly options: ResolveOptions } & (
  | { readonly kind: 'resource'; readonly type: ResourceType }
  | { readonly kind: 'element'; readonly owner: Attribute }
);

/**
 * Finds the attribute that a path of a filter names. In an element, `value` of a simple
 * multi-valued attribute is the attribute itself.
 * @returns undefined for an unknown attribute where that counts as unassigned
 * @throws ScimError 400 invalidFilter, 403 sensitive
 */
export function bind(scope: Scope, text: string, at: string): AttributePath | undefined {
  const found = scope.kind === 'resource' ? inResource(scope, text, at) : inElement(scope, text);
  if (found === undefined) {
    if (scope.options.unknown === 'unassigned') return undefined;
    const owner = scope.kind === 'resource' ? scope.type.name : scope.owner.path;
    throw invalidFilter(`The filter is wrong at ${at}: ${owner} has no attribute "${clip(text)}".`);
  }
  checkVisible(scope, found.attribute);
  if (found.sub !== undefined) checkVisible(scope, found.sub);
  return found;
}

/** @throws ScimError when the value of the attribute must not be found out, or not by a URI */
export function checkVisible(scope: Scope, attribute: Attribute): void {
  if (scope.options.sensitive?.has(attribute.path.toLowerCase())) {
    throw new ScimError(
      403,
      'sensitive',
      `${attribute.path} must not be part of a URI; send the filter in the body of POST .search.`,
    );
  }
  // RFC 7643 §7: what is never returned must not leak by matching either.
  if (attribute.returned === 'never') {
    throw invalidFilter(`${attribute.path} is never returned and cannot be used in a filter.`);
  }
}

function inResource(
  scope: Scope & { kind: 'resource' },
  text: string,
  at: string,
): AttributePath | undefined {
  const found = resolvePath(scope.type, text);
  if (found === undefined) return undefined;
  if (found.kind === 'extension') {
    throw invalidFilter(
      `The filter is wrong at ${at}: ${found.extension.id} is a schema; ` +
        `use schemas eq "${found.extension.id}" to find resources that have it.`,
    );
  }
  if (!scope.lenient && !isStandardNotation(scope.type, found.attribute, text)) return undefined;
  return { attribute: found.attribute, sub: found.sub };
}

function inElement(scope: Scope & { kind: 'element' }, text: string): AttributePath | undefined {
  const { owner } = scope;
  if (owner.type !== 'complex') {
    return text.toLowerCase() === 'value' ? { attribute: owner, sub: undefined } : undefined;
  }
  const attribute = subAttribute(owner, text);
  return attribute === undefined ? undefined : { attribute, sub: undefined };
}

/**
 * RFC 7644 §3.10: an extension's attribute carries the URN, and a colon comes after it. What
 * `resolvePath` finds beyond that are leniencies.
 */
export function isStandardNotation(
  type: ResourceType,
  attribute: Attribute,
  text: string,
): boolean {
  if (!text.toLowerCase().startsWith('urn:')) return attribute.extension === undefined;
  return text.charAt((attribute.extension ?? type.schema.id).length) === ':';
}
