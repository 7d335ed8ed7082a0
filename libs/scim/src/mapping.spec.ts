import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.js';
import { compileMapping, MappingError } from './mapping.js';
import { testRegistry, typeNamed } from './testing/registry.js';

const registry = testRegistry();
const user = typeNamed(registry, 'User');
const group = typeNamed(registry, 'Group');
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM = 'urn:mace:surf.nl:sram:scim:extension:User';

const sent: JsonObject = {
  schemas: [CORE, SRAM],
  userName: 'u1',
  externalId: 'x@sram',
  name: { givenName: 'Ann' },
  emails: [{ value: 'first' }, { value: 'best', primary: true }],
  [SRAM]: { eduPersonUniqueId: 'ann@uni', voPersonExternalId: '', sramInactiveDays: 5 },
};

function map(mapping: Record<string, unknown>, attributes = sent): JsonObject {
  return compileMapping(mapping, user)(attributes);
}

describe('compileMapping', () => {
  it.each([
    ['sram_user_extension.eduPersonUniqueId', 'ann@uni'],
    [`${SRAM}.eduPersonUniqueId`, 'ann@uni'],
    [`${SRAM}:EDUPERSONUNIQUEID`, 'ann@uni'],
    ['name.givenName', 'Ann'],
    ['externalId', 'x@sram'],
    ['emails.value', 'best'],
    ['sram_user_extension.sramInactiveDays', '5'],
  ])('copies the value at %s over the target', (path, value) => {
    expect(map({ userName: path })).toEqual({ ...sent, userName: value });
  });

  it('leaves the target alone where the path has no value', () => {
    expect(map({ userName: 'nickName' })).toBe(sent);
    expect(map({ userName: 'sram_user_extension.voPersonExternalId' })).toBe(sent);
    expect(map({})).toBe(sent);
  });

  it('chooses the id', () => {
    expect(map({ id: 'externalId' }).id).toBe('x@sram');
    const odd = { ...sent, externalId: 'bulkId:1' };
    expect(() => map({ id: 'externalId' }, odd)).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  });

  it('sets parts of attributes, lists and extensions', () => {
    expect(map({ 'name.familyName': 'userName' }).name).toEqual({
      givenName: 'Ann',
      familyName: 'u1',
    });
    expect(map({ 'emails.value': 'userName' }).emails).toEqual([
      { value: 'first' },
      { value: 'u1', primary: true },
    ]);
    expect(map({ 'roles.value': 'userName' }).roles).toEqual([{ value: 'u1' }]);
    const extended = map({ [`${ENT}:employeeNumber`]: 'userName' });
    expect(extended[ENT]).toEqual({ employeeNumber: 'u1' });
    expect(extended.schemas).toEqual([CORE, ENT, SRAM]);
  });

  it('applies every rule to what was sent', () => {
    const swapped = map({ userName: 'externalId', externalId: 'userName' });
    expect(swapped).toMatchObject({ userName: 'x@sram', externalId: 'u1' });
  });

  it('maps groups by their own alias', () => {
    const extension = 'urn:mace:surf.nl:sram:scim:extension:Group';
    const mapping = compileMapping({ displayName: 'sram_group_extension.urn' }, group);
    const mapped = mapping({ displayName: 'a', [extension]: { urn: 'uni:a' } });
    expect(mapped.displayName).toBe('uni:a');
  });

  it('refuses at start what cannot work, all at once', () => {
    const wrong = {
      nope: 'userName',
      title: 'sram_user_extension.nope',
      nickName: 5,
      groups: 'emails',
      'meta.version': 'title',
      schemas: 'title',
      displayName: 'name',
    };
    const run = () => compileMapping(wrong, user);
    expect(run).toThrow(MappingError);
    expect(run).toThrow(
      [
        'User has no attribute "nope" to map to',
        '"title": User has no attribute "sram_user_extension.nope"',
        '"nickName": User has no attribute "5"',
        '"groups" cannot be mapped to: the service sets it itself',
        '"meta.version" cannot be mapped to: the service sets it itself',
        '"schemas" cannot be mapped to: the service sets it itself',
        '"displayName" and "name" are of different types',
      ].join('\n'),
    );
    expect(() => compileMapping({ members: 'displayName' }, group)).toThrow('members');
  });
});
