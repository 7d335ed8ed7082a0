import { ScimError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { ResourceType } from '../../schema/resource-type.js';
import { testRegistry, typeNamed } from '../../testing/registry.js';
import { MessageUrn } from '../../urns.js';
import { applyPatch } from '../apply.js';
import { compilePatch, type PatchOptions } from '../plan.js';

/** For the specs of this folder. */
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const BADGE = 'urn:example:badge:User';
const LOCKER = 'urn:example:locker:User';

const registry = testRegistry({
  'core/Team.json': {
    id: 'urn:example:Team',
    name: 'Team',
    attributes: [
      {
        name: 'players',
        type: 'complex',
        multiValued: true,
        required: true,
        subAttributes: [
          { name: 'value', caseExact: true },
          { name: '$ref', type: 'reference', referenceTypes: ['User'] },
        ],
      },
    ],
  },
  'resource-types/Team.json': {
    name: 'Team',
    endpoint: '/Teams',
    schema: 'urn:example:Team',
    schemaExtensions: [],
    collection: 'Teams',
    relations: { players: { types: ['User'] } },
  },
  'extensions/User/locker.json': {
    id: LOCKER,
    name: 'Locker',
    attributes: [{ name: 'place', required: true }, { name: 'colour' }],
  },
  'extensions/User/badge.json': {
    id: BADGE,
    name: 'Badge',
    attributes: [
      { name: 'number', mutability: 'immutable' },
      { name: 'issued', type: 'dateTime', mutability: 'readOnly' },
      { name: 'doors', multiValued: true },
      {
        name: 'photo',
        type: 'complex',
        subAttributes: [
          { name: 'value', type: 'binary' },
          { name: 'taken', type: 'dateTime', mutability: 'immutable' },
          { name: 'tags', multiValued: true },
        ],
      },
    ],
  },
});

export const Urn = {
  User: 'urn:ietf:params:scim:schemas:core:2.0:User',
  ENTERPRISE,
  BADGE,
  LOCKER,
};
export const User: ResourceType = typeNamed(registry, 'User');
export const Group: ResourceType = typeNamed(registry, 'Group');
export const Team: ResourceType = typeNamed(registry, 'Team');
export const SRAM_GROUP = 'urn:mace:surf.nl:sram:scim:extension:Group';

export const LENIENT: PatchOptions = { lenient: true };
export const STRICT: PatchOptions = { lenient: false };

export function patchOp(...operations: readonly unknown[]): JsonObject {
  return { schemas: [MessageUrn.PatchOp], Operations: operations } as JsonObject;
}

export function user(attributes: JsonObject = {}): JsonObject {
  const extensions = User.extensions.map(({ schema }) => schema.id);
  return {
    id: 'u1',
    schemas: [Urn.User, ...extensions.filter((urn) => attributes[urn] !== undefined)],
    meta: { resourceType: 'User', created: '2026-01-01T00:00:00Z' },
    userName: 'ada',
    ...attributes,
  };
}

export function group(attributes: JsonObject = {}): JsonObject {
  return {
    id: 'g1',
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    meta: { resourceType: 'Group', created: '2026-01-01T00:00:00Z' },
    displayName: 'Admins',
    ...attributes,
  };
}

/** The resource after the operations; leniently. */
export function patched(resource: JsonObject, ...operations: readonly unknown[]): JsonObject {
  return patchedWith(LENIENT, resource, ...operations);
}

export function patchedWith(
  options: PatchOptions,
  resource: JsonObject,
  ...operations: readonly unknown[]
): JsonObject {
  const type = resource.userName === undefined ? Group : User;
  return applyPatch(compilePatch(patchOp(...operations), type, options), resource);
}

/** `400 invalidPath` and the like; `none` if nothing is thrown. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ScimError) return `${error.status} ${error.scimType ?? ''}`.trim();
    throw error;
  }
  return 'none';
}
