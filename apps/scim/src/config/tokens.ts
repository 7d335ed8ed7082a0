/** Injection tokens of what is made once at start. */

/** `SchemaRegistry` of #scim. */
export const SCHEMA_REGISTRY = Symbol('SCHEMA_REGISTRY');

/** `ReadonlyMap<string, Backend>`: one opened backend for each tenant, by its name. */
export const TENANT_BACKENDS = Symbol('TENANT_BACKENDS');

/** `CursorSealer` of #scim. */
export const CURSOR_SEALER = Symbol('CURSOR_SEALER');
