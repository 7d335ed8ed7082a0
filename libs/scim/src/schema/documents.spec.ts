import { describe, expect, it } from 'vitest';
import { shippedFiles, testRegistry, typeNamed } from '../testing/registry.js';
import { SchemaDefinitionError } from './compile.js';
import { assembleDocuments } from './documents.js';
import { resolvePath } from './path.js';

const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

function assemble(extra: Record<string, unknown>, collections?: Record<string, string>) {
  const overrides = new Map(Object.entries(extra));
  return assembleDocuments(shippedFiles(), overrides, collections ? { collections } : {});
}

/** The messages of the error that these files cause, one for each thing that is wrong. */
function problems(extra: Record<string, unknown>): string[] {
  try {
    assemble(extra);
  } catch (error) {
    if (error instanceof SchemaDefinitionError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** A User schema as operators of the reference have it: few characteristics, some misspelt. */
const looseUser = {
  id: CORE_USER,
  name: 'Core User schema',
  attributes: [
    { name: 'userName', type: 'string', required: true, uniqueness: 'none' },
    { name: 'active', type: 'booelean', required: true, uniqueness: 'none' },
    { name: 'externalId', type: 'string', uniqueness: 'none' },
    { name: 'since', type: 'datetime' },
    {
      name: 'emails',
      type: 'complex',
      multiValued: true,
      uniqueness: 'none',
      subAttributes: [{ name: 'value', type: 'string', required: true }, { name: 'type' }],
    },
  ],
};
const looseGroup = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Core Group schema',
  attributes: [
    { name: 'displayName', required: true },
    { name: 'externalId' },
    {
      name: 'members',
      type: 'complex',
      multiValued: true,
      subAttributes: [
        { name: 'value', type: 'string', required: true },
        { name: 'display' },
        { name: '$ref', type: 'reference', caseExact: false },
      ],
    },
  ],
};

describe('the shipped schemas', () => {
  const registry = testRegistry();
  const user = typeNamed(registry, 'User');
  const group = typeNamed(registry, 'Group');

  it('R-031 R-033 hold User, Group, their extensions and the discovery schemas', () => {
    expect(registry.types.map((type) => type.endpoint).sort()).toEqual(['/Groups', '/Users']);
    expect(registry.schemas.map((schema) => schema.id).sort()).toEqual([
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
      'urn:ietf:params:scim:schemas:core:2.0:Schema',
      'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
      CORE_USER,
      ENTERPRISE,
      'urn:mace:surf.nl:sram:scim:extension:Group',
      'urn:mace:surf.nl:sram:scim:extension:User',
      'urn:temporaryNamespace:scim:schemas:voPerson:User',
    ]);
  });

  it('know their relation, its inverse and the manager as a reference', () => {
    expect(group.relations.map(({ attribute, types }) => [attribute.path, types])).toEqual([
      ['members', ['User', 'Group']],
    ]);
    expect(user.inverses.map(({ attribute, type }) => [attribute.path, type])).toEqual([
      ['groups', 'Group'],
    ]);
    expect(user.references.map(({ path }) => path)).toEqual([`${ENTERPRISE}:manager`]);
    expect(user.keptOnReplace.map(({ path }) => path)).toEqual(['active']);
    expect(user.defaults.map(({ attribute, value }) => [attribute.path, value])).toEqual([
      ['active', true],
    ]);
  });

  it('R-084 keep userName unique, and R-071 externalId unless told otherwise', () => {
    const paths = (type: typeof user) =>
      type.unique.map(({ attribute, sub }) => sub?.path ?? attribute.path);
    expect(paths(user)).toContain('userName');
    expect(paths(user)).toContain('externalId');
    const loose = typeNamed(testRegistry({}, { externalIdUnique: false }), 'User');
    expect(paths(loose)).not.toContain('externalId');
  });
});

describe('SCHEMA_PATH', () => {
  it('R-044 takes User and Group schemas as the reference writes them', () => {
    const registry = testRegistry({
      'core/User.json': looseUser,
      'core/Group.json': looseGroup,
    });
    const user = typeNamed(registry, 'User');
    expect(user.attributes.get('active')?.type).toBe('boolean');
    expect(user.attributes.get('since')?.type).toBe('dateTime');
    expect(user.attributes.get('externalid')?.caseExact).toBe(true);
    expect(user.attributes.get('username')?.uniqueness).toBe('server');
    expect(user.inverses).toEqual([]); // its schema has no `groups`
    expect(user.indexed.map(({ attribute, sub }) => sub?.path ?? attribute.path)).toEqual(
      ['userName', 'voPersonToken.value', 'externalId', 'emails.value', 'manager.value'].map(
        (path) =>
          path.startsWith('vo')
            ? `urn:temporaryNamespace:scim:schemas:voPerson:User:${path}`
            : path.startsWith('manager')
              ? `${ENTERPRISE}:${path}`
              : path,
      ),
    );
    expect(typeNamed(registry, 'Group').relations).toHaveLength(1);
    const published = registry.schemas.find(({ id }) => id === CORE_USER);
    expect(published?.attributes.map(({ name }) => name)).not.toContain('externalId');
  });

  it('replaces a schema with the same id under another file name', () => {
    const registry = testRegistry({
      'extensions/User/ours.json': {
        id: ENTERPRISE.toUpperCase().replace('URN', 'urn'),
        attributes: [{ name: 'badge' }],
      },
    });
    const user = typeNamed(registry, 'User');
    expect(resolvePath(user, `${ENTERPRISE}:badge`)).toBeDefined();
    expect(resolvePath(user, `${ENTERPRISE}:department`)).toBeUndefined();
    expect(user.extensions).toHaveLength(3);
  });

  it('adds an extension that only lies in the folder of its type', () => {
    const user = typeNamed(
      testRegistry({
        'extensions/User/badge.json': { id: 'urn:example:badge', attributes: [{ name: 'colour' }] },
      }),
      'User',
    );
    const added = user.extensions.find(({ schema }) => schema.id === 'urn:example:badge');
    expect(added?.required).toBe(false);
  });

  it('adds a resource type, served under its plural', () => {
    const core = { id: 'urn:example:Device', attributes: [{ name: 'serial', required: true }] };
    const device = typeNamed(testRegistry({ 'core/Device.json': core }), 'Device');
    expect([device.endpoint, device.collection]).toEqual(['/Devices', 'Devices']);
    const stated = {
      schema: 'urn:example:Device',
      endpoint: '/Things',
      schemaExtensions: [{ schema: ENTERPRISE, required: true }],
      indexed: ['serial'],
    };
    const files = { 'core/Device.json': core, 'resource-types/Device.json': stated };
    const other = typeNamed(testRegistry(files), 'Device');
    expect(other.endpoint).toBe('/Things');
    expect(other.extensions[0]?.required).toBe(true);
    expect(other.indexed.map(({ attribute }) => attribute.path)).toContain('serial');
  });

  it('renames collections', () => {
    const { resourceTypes } = assemble({}, { User: 'People' });
    expect(resourceTypes.map((type) => [type.name, type.collection])).toEqual([
      ['Group', 'Groups'],
      ['User', 'People'],
    ]);
  });

  it('reports every faulty file at once, and says what to do', () => {
    expect(
      problems({
        'core/User.json': { name: 'no id', attributes: [] },
        'core/Device.json': {
          id: 'urn:example:Device',
          attributes: [
            { name: 'serial', type: 'text' },
            { name: 'owner', multivalued: true },
            { name: '1st' },
          ],
        },
        'core/Robot.json': { id: 'urn:example:device', attributes: [{ name: 'a' }] },
        'resource-types/Device.json': {
          endpoint: '/bulk',
          collection: 'users',
          schemaExtensions: [{ schema: 'urn:example:missing', required: false }],
          indexed: ['nope'],
          sort: 1,
        },
        'resource-types/Robot.json': { endpoint: '/Users', display: 5 },
        'extensions/Lamp/bright.json': { id: 'urn:example:lamp', attributes: [{ name: 'b' }] },
        'misc/x.json': {},
      }),
    ).toEqual([
      'misc/x.json: lies in none of core/, extensions/<Type>/, resource-types/, discovery/ and is not common.json',
      'core/Device.json: attribute serial: type "text" is not one of string, boolean, decimal, integer, dateTime, binary, reference, complex',
      'core/Device.json: attribute owner: "multivalued" is not a known member, did you mean "multiValued"?',
      'core/User.json: has no "id", the URN of the schema',
      'core/Robot.json: has the id urn:example:device, as core/Device.json has',
      'resource-types/Device.json: "sort" is not a known member',
      'resource-types/Robot.json: "display" is not a string',
      'resource-types/Device.json: "schemaExtensions" names urn:example:missing, which no file defines',
      'resource-types/Device.json: "indexed" names nope, an attribute that Device does not have',
      'extensions/Lamp: there is no core/Lamp.json with the base schema of resource type Lamp',
      'resource-types/User.json: "schema" names urn:ietf:params:scim:schemas:core:2.0:User, which no file defines',
      "resource-types/Device.json: the endpoint /bulk is one of the service's own",
      'core/Device.json: "1st" is not an attribute name',
    ]);
  });

  it.each([
    [
      'two types at one endpoint',
      { endpoint: '/users' },
      'the endpoint /Users belongs to Device already',
    ],
    [
      'two types in one collection',
      { collection: 'USERS' },
      'the collection Users belongs to Device already',
    ],
    [
      'a deep endpoint',
      { endpoint: '/a/b' },
      'the endpoint "/a/b" is not a slash and a name, as in /Users',
    ],
    [
      'a collection that leaves its folder',
      { collection: '../x' },
      'the collection "../x" is not a name',
    ],
  ])('refuses %s', (_, stated, message) => {
    const core = { id: 'urn:example:Device', attributes: [{ name: 'serial' }] };
    const found = problems({ 'core/Device.json': core, 'resource-types/Device.json': stated });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});
