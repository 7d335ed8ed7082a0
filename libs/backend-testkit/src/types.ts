import type { ResourceType, SchemaRegistry } from '#scim';
import { testRegistry, typeNamed } from '../../scim/src/testing/registry.js';

/** The schemas that every backend is tested with. */
export const registry: SchemaRegistry = testRegistry();
export const userType: ResourceType = typeNamed(registry, 'User');
export const groupType: ResourceType = typeNamed(registry, 'Group');
