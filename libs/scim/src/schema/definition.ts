import type { Json } from '../json.js';

/** Schema and ResourceType documents as they are published and kept in JSON (RFC 7643 §6, §7). */

export const ATTRIBUTE_TYPES = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'binary',
  'reference',
  'complex',
] as const;
export const MUTABILITIES = ['readOnly', 'readWrite', 'immutable', 'writeOnly'] as const;
export const RETURNED = ['always', 'never', 'default', 'request'] as const;
export const UNIQUENESS = ['none', 'server', 'global'] as const;

export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];
export type Mutability = (typeof MUTABILITIES)[number];
export type Returned = (typeof RETURNED)[number];
export type Uniqueness = (typeof UNIQUENESS)[number];

/** An attribute as a schema document states it; what is left out has the default of RFC 7643 §2.2. */
export interface AttributeDefinition {
  readonly name: string;
  readonly type?: AttributeType;
  readonly description?: string;
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly canonicalValues?: readonly string[];
  readonly caseExact?: boolean;
  readonly mutability?: Mutability;
  readonly returned?: Returned;
  readonly uniqueness?: Uniqueness;
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly AttributeDefinition[];
}

export interface SchemaDefinition {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly attributes: readonly AttributeDefinition[];
}

/** What `schemas/resource-types/<Name>.json` states: the published part and, below it, our own. */
export interface ResourceTypeDefinition {
  readonly name: string;
  readonly description?: string;
  readonly endpoint: string;
  readonly schema: string;
  readonly schemaExtensions: readonly { readonly schema: string; readonly required: boolean }[];
  /** Name of the table, collection, folder or organizational unit. */
  readonly collection: string;
  /** Attribute whose value others see as `display` when they refer to a resource of this type. */
  readonly display?: string;
  /**
   * Attributes of the base schema that are unique even where the schema document does not say so;
   * the published schema then says it too.
   */
  readonly unique?: readonly string[];
  /** Paths that every backend keeps an index of, besides `id`, unique attributes and references. */
  readonly indexed?: readonly string[];
  /** Set-like attributes that refer to other resources (`members`): kept as rows, changed by delta. */
  readonly relations?: Readonly<Record<string, RelationDefinition>>;
  /** readOnly attributes computed from a relation of another type (`groups` from `Group.members`). */
  readonly inverses?: Readonly<
    Record<string, { readonly type: string; readonly relation: string }>
  >;
  /** Values of attributes that a create leaves out; an explicit null stays null (RFC 7644 §3.3). */
  readonly defaults?: Readonly<Record<string, Json>>;
  /** Attributes that a PUT without them keeps instead of clearing (RFC 7644 §3.5.1). */
  readonly keptOnReplace?: readonly string[];
}

export interface RelationDefinition {
  /** Names of the resource types that an element may refer to, in the order they are looked up. */
  readonly types: readonly string[];
}
