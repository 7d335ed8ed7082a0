import type { ResourceType, SchemaRegistry } from '#scim';
import type { Capabilities } from '../capabilities.js';
import type { Backend, ResourceStore } from '../contract.js';

/** What every operation of the engine works with: the stores of one backend, by type name. */
export interface Engine {
  readonly supports: Capabilities;
  readonly types: readonly ResourceType[];
  type(name: string): ResourceType;
  store(type: ResourceType): ResourceStore;
}

export function createEngine(backend: Backend, registry: SchemaRegistry): Engine {
  const stores = new Map(registry.types.map((type) => [type.name, backend.store(type)]));
  return Object.freeze({
    supports: backend.supports,
    types: registry.types,
    type: (name: string) => found(registry.typeByName.get(name), name),
    store: (type: ResourceType) => found(stores.get(type.name), type.name),
  });
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`there is no resource type ${name}`);
  return value;
}
