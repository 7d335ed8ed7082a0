import type { ResourceType } from './resource-type.js';

/** Derives something from a resource type once, however often it is asked for. */
export function perType<T>(derive: (type: ResourceType) => T): (type: ResourceType) => T {
  const derived = new WeakMap<ResourceType, T>();
  return (type) => {
    const known = derived.get(type);
    if (known !== undefined) return known;
    const made = derive(type);
    derived.set(type, made);
    return made;
  };
}
