import type { MatchingRule } from '../matching.js';
import type { AttributeType, Mutability, Returned, Uniqueness } from './definition.js';

/** One compiled attribute: every characteristic stated, sub-attributes found by any spelling. */
export interface Attribute {
  /** Spelling of the schema. */
  readonly name: string;
  readonly type: AttributeType;
  readonly description: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: Mutability;
  readonly returned: Returned;
  readonly uniqueness: Uniqueness;
  readonly canonicalValues: readonly string[];
  readonly referenceTypes: readonly string[];
  /** How two values of this attribute are compared; of a complex attribute, that of its `value`. */
  readonly matching: MatchingRule;
  readonly subAttributes: readonly Attribute[];
  /** Sub-attributes by lower-case name. */
  readonly subByName: ReadonlyMap<string, Attribute>;
  /**
   * URN of the extension under whose key the attribute lives; undefined for attributes of the base
   * schema and for the common ones (id, externalId, meta, schemas).
   */
  readonly extension: string | undefined;
  /** Path from the resource, in its canonical spelling: `name.givenName`, `urn:…:User:manager.value`. */
  readonly path: string;
}

/** Where a path leads: an attribute, or a sub-attribute of it. */
export interface AttributePath {
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
}

/** The attribute that a path names in the end. */
export function leaf(path: AttributePath): Attribute {
  return path.sub ?? path.attribute;
}

/** Sub-attribute by name in any case. */
export function subAttribute(attribute: Attribute, name: string): Attribute | undefined {
  return attribute.subByName.get(name.toLowerCase());
}
