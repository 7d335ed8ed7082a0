/** Injection tokens of what is made once at start. */

/** `SchemaRegistry` of #scim. */
export const SCHEMA_REGISTRY = Symbol('SCHEMA_REGISTRY');
