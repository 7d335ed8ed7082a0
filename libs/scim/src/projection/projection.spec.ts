import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import { testRegistry, typeNamed } from '../testing/registry.js';
import { parseAttributeList } from './attribute-list.js';
import { compileProjection, neededRelations } from './projection.js';
import type { ProjectionParameters } from './selection.js';

const registry = testRegistry({
  'core/Badge.json': {
    id: 'urn:example:Badge',
    attributes: [
      { name: 'label', returned: 'always' },
      { name: 'pin', mutability: 'writeOnly' },
      {
        name: 'chip',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'serial', returned: 'always' },
          { name: 'vendor' },
          { name: 'key', returned: 'never' },
          { name: 'log', returned: 'request' },
        ],
      },
    ],
  },
  'extensions/User/desk.json': {
    id: 'urn:example:Desk:User',
    attributes: [
      {
        name: 'deskIds',
        type: 'complex',
        multiValued: true,
        returned: 'request',
        subAttributes: [{ name: 'value' }],
      },
    ],
  },
});
const user = typeNamed(registry, 'User');
const group = typeNamed(registry, 'Group');
const badge = typeNamed(registry, 'Badge');
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const DESK = 'urn:example:Desk:User';

const meta = {
  resourceType: 'User',
  created: '2026-01-01T00:00:00Z',
  lastModified: '2026-01-02T00:00:00Z',
  version: 'W/"1"',
};
const barbara: JsonObject = {
  schemas: [CORE, ENT, DESK],
  id: 'a b',
  meta,
  externalId: 'x1',
  userName: 'bjensen',
  password: '$scrypt$secret',
  active: false,
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  emails: [{ value: 'b@example.com', type: 'work', primary: true }, { value: 'b@home' }],
  groups: [{ value: 'g1', type: 'Group', display: 'Staff' }],
  [ENT]: { department: 'Tours', manager: { value: '9' } },
  [DESK]: { deskIds: [{ value: 'V1' }] },
};

function show(parameters: ProjectionParameters = {}, sent?: readonly string[], base = '') {
  const projection = compileProjection(user, parameters, registry);
  return projection.apply(barbara, sent === undefined ? { base } : { base, sent: new Set(sent) });
}
function only(...attributes: string[]) {
  return show({ attributes });
}
function without(...excludedAttributes: string[]) {
  return show({ excludedAttributes });
}

const minimum = { schemas: [CORE, ENT, DESK], id: 'a b' };

describe('the default projection', () => {
  it('R-062 R-090 R-160 shows what is returned by default, and no password', () => {
    expect(show()).toEqual({
      ...minimum,
      externalId: 'x1',
      meta: { ...meta, location: '/Users/a%20b' },
      userName: 'bjensen',
      active: false,
      name: barbara.name,
      emails: barbara.emails,
      groups: [{ value: 'g1', type: 'direct', display: 'Staff', $ref: '/Groups/g1' }],
      [ENT]: { department: 'Tours', manager: { value: '9', $ref: '/Users/9' } },
    });
  });

  it('R-068 R-079 R-077 puts absolute URIs in front when it is given a base', () => {
    const shown = show({}, undefined, 'https://h/v2');
    expect(shown.meta).toMatchObject({ location: 'https://h/v2/Users/a%20b' });
    expect(shown.groups).toMatchObject([{ $ref: 'https://h/v2/Groups/g1' }]);
  });

  it('R-062 never shows null or an empty extension', () => {
    const projection = compileProjection(user, {}, registry);
    const odd = { ...barbara, title: null, [ENT]: {}, [DESK]: { deskIds: [{ value: 'V1' }] } };
    const shown = projection.apply(odd, { base: '' });
    expect(shown).not.toHaveProperty('title');
    expect(shown).not.toHaveProperty([ENT]);
    expect(shown).not.toHaveProperty([DESK]);
  });

  it('R-092 shows returned=request where the client sent it', () => {
    expect(show({}, [`${DESK}:deskIds`])[DESK]).toEqual({ deskIds: [{ value: 'V1' }] });
    expect(show({}, ['userName'])).not.toHaveProperty([DESK]);
  });

  it('changes nothing of the resource', () => {
    const before = JSON.stringify(barbara);
    show();
    only('emails.value', 'groups', 'meta.location');
    expect(JSON.stringify(barbara)).toBe(before);
  });
});

describe('attributes', () => {
  it('R-156 shows the named ones and the minimum, meta not', () => {
    expect(only('userName')).toEqual({ ...minimum, userName: 'bjensen' });
    expect(only('meta')).toEqual({ ...minimum, meta: { ...meta, location: '/Users/a%20b' } });
    expect(only('meta.location')).toEqual({ ...minimum, meta: { location: '/Users/a%20b' } });
  });

  it('R-157 shows only the named sub-attributes', () => {
    expect(only('name.givenName', 'emails.value')).toEqual({
      ...minimum,
      name: { givenName: 'Barbara' },
      emails: [{ value: 'b@example.com' }, { value: 'b@home' }],
    });
    expect(only('emails.type').emails).toEqual([{ type: 'work' }]);
    expect(only('groups.display').groups).toEqual([{ display: 'Staff' }]);
    expect(only('emails.value', 'emails').emails).toEqual(barbara.emails);
  });

  it('R-159 R-090 never shows the password', () => {
    expect(only('password')).toEqual(minimum);
  });

  it('R-160 shows returned=request when it is named', () => {
    expect(only(`${DESK}:deskIds`)[DESK]).toEqual({ deskIds: [{ value: 'V1' }] });
    expect(only('deskIds')[DESK]).toEqual({ deskIds: [{ value: 'V1' }] });
  });

  it('R-161 finds names in any letter case and with their URN', () => {
    const expected = { ...minimum, userName: 'bjensen' };
    expect(only('USERNAME')).toEqual(expected);
    expect(only(`${CORE}:userName`)).toEqual(expected);
    expect(only(`${CORE.toUpperCase()}:USERNAME`)).toEqual(expected);
  });

  it('R-162 R-163 shows a part of an extension, or the whole', () => {
    expect(only(`${ENT}:department`)).toEqual({ ...minimum, [ENT]: { department: 'Tours' } });
    expect(only(ENT)[ENT]).toEqual({
      department: 'Tours',
      manager: { value: '9', $ref: '/Users/9' },
    });
  });

  it('R-164 passes over unknown names, and refuses both parameters', () => {
    expect(only('nope', 'name.nope')).toEqual(minimum);
    expect(() => show({ attributes: ['a'], excludedAttributes: ['b'] })).toThrow(
      expect.objectContaining({ scimType: 'invalidValue', status: 400 }),
    );
  });
});

describe('excludedAttributes', () => {
  it('R-158 takes out the named ones', () => {
    const shown = without('emails', 'name.familyName', 'groups.$ref');
    expect(shown).not.toHaveProperty('emails');
    expect(shown.name).toEqual({ givenName: 'Barbara' });
    expect(shown.groups).toEqual([{ value: 'g1', type: 'direct', display: 'Staff' }]);
    expect(shown).toMatchObject({ userName: 'bjensen', active: false });
  });

  it('R-159 leaves id and schemas', () => {
    expect(without('id', 'schemas', 'meta')).toMatchObject(minimum);
  });

  it('R-163 takes out a whole extension', () => {
    expect(without(ENT)).not.toHaveProperty([ENT]);
    expect(without(`${ENT}:manager`)[ENT]).toEqual({ department: 'Tours' });
  });
});

describe('returned of sub-attributes', () => {
  const kept = {
    id: '1',
    schemas: ['urn:example:Badge'],
    label: 'L',
    pin: '1234',
    chip: [{ serial: 's', vendor: 'v', key: 'k', log: 'l' }],
  };
  const chip = (parameters: ProjectionParameters, sent: readonly string[] = []) =>
    compileProjection(badge, parameters, registry).apply(kept, { base: '', sent: new Set(sent) })
      .chip;

  it('R-160 holds in every mode', () => {
    expect(chip({})).toEqual([{ serial: 's', vendor: 'v' }]);
    expect(chip({ attributes: ['chip.vendor'] })).toEqual([{ serial: 's', vendor: 'v' }]);
    expect(chip({ attributes: ['chip.key', 'chip.log'] })).toEqual([{ serial: 's', log: 'l' }]);
    expect(chip({ excludedAttributes: ['chip.serial', 'chip.vendor'] })).toEqual([{ serial: 's' }]);
    expect(chip({}, ['chip.log'])).toEqual([{ serial: 's', vendor: 'v', log: 'l' }]);
  });

  it('R-044 R-159 always-attributes stay, writeOnly ones never come', () => {
    const all = compileProjection(badge, { attributes: ['pin'] }, registry);
    expect(all.apply(kept, { base: '' })).toEqual({ id: '1', schemas: kept.schemas, label: 'L' });
    const fewer = compileProjection(badge, { excludedAttributes: ['label'] }, registry);
    expect(fewer.apply(kept, { base: '' })).toHaveProperty('label');
  });
});

describe('relations', () => {
  it('R-250 gives members their URI by type, and none to unknown ones', () => {
    const members = [
      { value: '1', type: 'User', display: 'Barbara', $ref: 'https://elsewhere/1' },
      { value: '2', type: 'Group' },
      { value: '3', $ref: 'https://elsewhere/3' },
    ];
    const shown = compileProjection(group, {}, registry).apply(
      { schemas: [group.schema.id], id: 'g', displayName: 'Staff', members },
      { base: 'https://h' },
    );
    expect(shown.members).toEqual([
      { value: '1', type: 'User', display: 'Barbara', $ref: 'https://h/Users/1' },
      { value: '2', type: 'Group', $ref: 'https://h/Groups/2' },
      { value: '3' },
    ]);
  });

  it('R-167 asks for members only where they are shown', () => {
    const needed = (type: typeof user, parameters: ProjectionParameters) =>
      neededRelations(compileProjection(type, parameters, registry));
    expect(needed(group, {})).toEqual(['members']);
    expect(needed(group, { excludedAttributes: ['MEMBERS'] })).toEqual([]);
    expect(needed(group, { excludedAttributes: ['members.display'] })).toEqual(['members']);
    expect(needed(group, { attributes: ['displayName'] })).toEqual([]);
    expect(needed(group, { attributes: ['members.value'] })).toEqual(['members']);
    expect(needed(user, {})).toEqual(['groups']);
    expect(needed(user, { attributes: ['userName'] })).toEqual([]);
  });
});

describe('parseAttributeList', () => {
  it.each([
    ['userName, emails', ['userName', 'emails']],
    [
      ['userName', 'emails,name'],
      ['userName', 'emails', 'name'],
    ],
    [' a ,, b ', ['a', 'b']],
    ['', undefined],
    [[], undefined],
    [undefined, undefined],
  ])('R-166 R-171 reads %j', (value, names) => {
    expect(parseAttributeList(value)).toEqual(names);
  });

  it('refuses anything but strings', () => {
    expect(() => parseAttributeList([5])).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  });
});
