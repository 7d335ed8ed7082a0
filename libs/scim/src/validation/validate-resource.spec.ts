import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { ExponentNumber } from '../reader/exponent-number.js';
import { testRegistry, typeNamed } from '../testing/registry.js';
import { type ValidationOptions, validateResource } from './validate-resource.js';

const registry = testRegistry({
  'core/Device.json': {
    id: 'urn:example:Device',
    attributes: [
      { name: 'serial', required: true, caseExact: true },
      { name: 'weight', type: 'decimal' },
      { name: 'slots', type: 'integer', multiValued: true },
      { name: 'madeAt', type: 'dateTime' },
      { name: 'key', type: 'binary' },
      {
        name: 'parts',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'code', required: true },
          { name: 'since', type: 'dateTime' },
        ],
      },
    ],
  },
  'extensions/Device/lease.json': {
    id: 'urn:example:Lease',
    attributes: [
      { name: 'holder', required: true },
      { name: 'rate', type: 'integer' },
    ],
  },
  'resource-types/Device.json': {
    schemaExtensions: [{ schema: 'urn:example:Lease', required: true }],
  },
});
const user = typeNamed(registry, 'User');
const group = typeNamed(registry, 'Group');
const device = typeNamed(registry, 'Device');
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM = 'urn:mace:surf.nl:sram:scim:extension:User';

function read(body: unknown, options?: ValidationOptions): JsonObject {
  return validateResource(body, user, options).attributes;
}
function readUser(attributes: JsonObject, options?: ValidationOptions): JsonObject {
  return read({ schemas: [CORE], userName: 'bjensen', ...attributes }, options);
}
function readDevice(attributes: JsonObject, options?: ValidationOptions): JsonObject {
  const body = { serial: 's', 'urn:example:Lease': { holder: 'h' }, ...attributes };
  return validateResource(body, device, options).attributes;
}
function failure(run: () => unknown): ScimError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
function refused(run: () => unknown): string {
  const { scimType, detail, status } = failure(run);
  return `${status} ${scimType}: ${detail}`;
}

describe('structure', () => {
  it.each([
    ['an array', []],
    ['a string', 'test'],
    ['null', null],
    ['a number', 5],
  ])('R-010 refuses %s as body', (_, body) => {
    expect(refused(() => read(body))).toBe('400 invalidSyntax: The body must be a JSON object.');
  });

  it('R-010 refuses two keys that name one attribute', () => {
    const twice = { userName: 'a', USERNAME: 'b' };
    expect(failure(() => read(twice)).scimType).toBe('invalidSyntax');
    expect(failure(() => readUser({ name: { givenName: 'a', GivenName: 'b' } })).scimType).toBe(
      'invalidSyntax',
    );
    expect(
      failure(() => readUser({ [ENT]: { department: 'a' }, [ENT.toUpperCase()]: {} })).scimType,
    ).toBe('invalidSyntax');
  });

  it('R-050 finds attributes, sub-attributes and extensions in any letter case', () => {
    const body = {
      USERNAME: 'bjensen',
      NAME: { GIVENNAME: 'Barbara' },
      [ENT.toUpperCase()]: { DEPARTMENT: 'x' },
    };
    expect(read(body)).toEqual({
      schemas: [CORE, ENT],
      userName: 'bjensen',
      name: { givenName: 'Barbara' },
      [ENT]: { department: 'x' },
      active: true,
    });
  });

  it('R-051 ignores unknown attributes, and names them in strict mode', () => {
    expect(readUser({ Department: 'x', name: { nick: 'y' } })).not.toHaveProperty('Department');
    const strict = { strict: true };
    expect(refused(() => readUser({ Department: 'x' }, strict))).toBe(
      '400 invalidValue: There is no attribute Department.',
    );
    expect(refused(() => readUser({ name: { nick: 'y' } }, strict))).toContain('name.nick');
    const foreign = { schemas: [CORE, ENT], [ENT]: { badge: 1 } };
    expect(refused(() => readUser(foreign, strict))).toContain(`${ENT}:badge`);
  });

  it('is not moved by hostile keys', () => {
    const body: unknown = JSON.parse(
      '{"userName":"a","__proto__":{"polluted":1},"constructor":{"x":1},"name":{"__proto__":{"y":1},"givenName":"b"},"emails":[{"__proto__":{"z":1},"value":"c"}]}',
    );
    const { attributes } = validateResource(body, user);
    expect(attributes).toEqual({
      schemas: [CORE],
      userName: 'a',
      name: { givenName: 'b' },
      emails: [{ value: 'c' }],
      active: true,
    });
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('R-082 R-076 R-179 ignores readOnly attributes', () => {
    const ignored = { id: 'x', meta: { created: 'never' }, groups: [{ value: 'g' }] };
    expect(readUser(ignored)).toEqual({ schemas: [CORE], userName: 'bjensen', active: true });
  });
});

describe('schemas', () => {
  it('R-047 infers them, and demands them in strict mode', () => {
    expect(read({ userName: 'a' }).schemas).toEqual([CORE]);
    expect(read({ userName: 'a', schemas: [SRAM] }).schemas).toEqual([CORE]);
    const strict = { strict: true };
    expect(failure(() => read({ userName: 'a' }, strict)).scimType).toBe('invalidSyntax');
    expect(failure(() => read({ userName: 'a', schemas: [ENT] }, strict)).scimType).toBe(
      'invalidSyntax',
    );
    expect(read({ userName: 'a', schemas: [CORE.toUpperCase()] }, strict).schemas).toEqual([CORE]);
  });

  it('R-048 drops unknown URIs, and refuses them in strict mode', () => {
    const old = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
    expect(readUser({ schemas: [CORE, old] }).schemas).toEqual([CORE]);
    expect(refused(() => readUser({ schemas: [CORE, old] }, { strict: true }))).toContain(old);
  });

  it('R-049 adds the URI of an extension that has data, and R-046 only of those', () => {
    expect(readUser({ [ENT]: { department: 'x' } }).schemas).toEqual([CORE, ENT]);
    expect(readUser({ schemas: [CORE, ENT], [ENT]: {} }).schemas).toEqual([CORE]);
    const data = { [ENT]: { department: 'x' } };
    expect(failure(() => readUser(data, { strict: true })).scimType).toBe('invalidSyntax');
  });

  it.each([[[null]], [[5]], [{ a: 1 }], [7]])('refuses %j', (schemas) => {
    expect(failure(() => readUser({ schemas })).scimType).toBe('invalidSyntax');
  });
});

describe('values', () => {
  it.each<[JsonObject, string]>([
    [{ active: 1 }, 'active must be true or false, not the number 1.'],
    [{ active: 'yes' }, 'active must be true or false, not this string.'],
    [{ displayName: 123 }, 'displayName must be a string, not the number 123.'],
    [{ displayName: ['a'] }, 'displayName must be a string, not an array.'],
    [{ name: 'Barbara' }, 'name must be an object, not this string.'],
    [{ name: { givenName: {} } }, 'name.givenName must be a string, not an object.'],
    [{ emails: [[]] }, 'emails must be an object in each element, not an array.'],
    [{ emails: 5 }, 'emails.value must be a string, not the number 5.'],
    [{ [SRAM]: { sramInactiveDays: '5' } }, `${SRAM}:sramInactiveDays must be a whole number`],
    [{ [SRAM]: { sramInactiveDays: 1.5 } }, `${SRAM}:sramInactiveDays must be a whole number`],
    [{ [ENT]: 'x' }, `${ENT} must be an object.`],
  ])('R-052 refuses %j', (attributes, detail) => {
    expect(refused(() => readUser(attributes))).toContain(`400 invalidValue: ${detail}`);
  });

  it('R-318 an exponent is for decimals, and for what is ignored', () => {
    const rate = new ExponentNumber('1e3');
    const leased = (lease: object, more: object = {}) => {
      const body = { serial: 's', 'urn:example:Lease': { holder: 'h', ...lease }, ...more };
      return validateResource(body, device).attributes;
    };
    const tiny = new ExponentNumber('1.5e-7');
    expect(leased({}, { weight: tiny, meta: { x: tiny }, unknown: tiny }).weight).toBe(1.5e-7);
    for (const wrong of [{ slots: [rate] }, { serial: rate }, { madeAt: rate }, { parts: rate }]) {
      expect(refused(() => leased({}, wrong))).toContain('400 invalidValue');
    }
    expect(refused(() => leased({ rate }))).toContain('not a number with an exponent');
    expect(refused(() => leased({}, { weight: new ExponentNumber('1e999') }))).toContain('400');
  });

  it('R-052 takes what has the right type', () => {
    const right = { weight: 1.5, slots: [3, 0, -2] };
    expect(readDevice(right)).toMatchObject(right);
    expect(readUser({ [SRAM]: { sramInactiveDays: 5 } })[SRAM]).toEqual({ sramInactiveDays: 5 });
  });

  it.each([
    ['False', false],
    ['True', true],
    ['true', true],
  ])('R-053 reads active:"%s" as %s, but not in strict mode', (text, value) => {
    expect(readUser({ active: text }).active).toBe(value);
    expect(failure(() => readUser({ active: text }, { strict: true })).scimType).toBe(
      'invalidValue',
    );
    const role = { value: 'a', primary: text };
    expect(readUser({ roles: [role] }).roles).toEqual([{ value: 'a', primary: value }]);
  });

  it.each([
    '2011-05-13T04:42:34Z',
    '2011-05-13T04:42:34.1234567+02:00',
    '2011-05-13T04:42:34',
    '0001-01-01T00:00:00Z',
    '2024-02-29T24:00:00Z',
  ])('R-054 keeps the dateTime %s as sent', (text) => {
    expect(readDevice({ madeAt: text }).madeAt).toBe(text);
  });

  it.each(['2011-05-13', 'yesterday', '2011-13-01T00:00:00Z', '2023-02-29T00:00:00Z', 5])(
    'R-054 refuses the dateTime %j',
    (value) => {
      expect(refused(() => readDevice({ madeAt: value }))).toContain(
        'madeAt must be a date and time such as',
      );
    },
  );

  it('R-055 refuses what is not base64', () => {
    for (const key of ['not base64!', 'a', 'YQ=', 'YWJj=', 5]) {
      expect(failure(() => readDevice({ key })).scimType).toBe('invalidValue');
    }
  });

  it('R-056 takes base64 without padding and base64url, strict mode neither', () => {
    const body = { schemas: ['urn:example:Device', 'urn:example:Lease'] };
    for (const key of ['YQ', 'YWI', '-_8', '_-8=']) {
      expect(readDevice({ key }).key).toBe(key);
      expect(failure(() => readDevice({ ...body, key }, { strict: true })).scimType).toBe(
        'invalidValue',
      );
    }
    expect(readDevice({ ...body, key: 'YQ==' }, { strict: true }).key).toBe('YQ==');
  });

  it('R-063 R-064 R-070 R-072 R-073 keeps what was sent, character by character', () => {
    const sent = {
      externalId: ' AbC@sram.surf.nl',
      displayName: ' Jörg  李 ',
      locale: 'random text',
      profileUrl: 'no uri at all',
      addresses: [{ country: 'United States', type: 'OTHER' }],
      phoneNumbers: [{ value: '555 1234' }],
      emails: [{ value: 'Bob@EXAMPLE.com', type: 'Private' }],
      x509Certificates: [{ value: 'c3NoLWVkMjU1MTkgQUFBQQ==' }],
    };
    expect(readUser(sent)).toMatchObject(sent);
  });

  it('R-061 R-178 reads null, [] and {} as not assigned', () => {
    const empty = {
      nickName: null,
      emails: [],
      name: {},
      phoneNumbers: [null],
      addresses: [{}],
      roles: null,
      title: [],
      [ENT]: { department: null, manager: {} },
    };
    expect(readUser(empty)).toEqual(readUser({}));
  });

  it('R-074 R-094 takes "" for optional strings, and for nothing in other types', () => {
    const sram = { eduPersonUniqueId: '', sramInactiveDays: '' };
    const read = readUser({ title: '', profileUrl: '', active: '', [SRAM]: sram });
    expect(read).toMatchObject({ title: '', profileUrl: '', [SRAM]: { eduPersonUniqueId: '' } });
    expect(read[SRAM]).not.toHaveProperty('sramInactiveDays');
  });

  it('R-094 leaves out an e-mail of SRAM that has no value', () => {
    expect(readUser({ emails: [{ value: null, primary: true }] })).not.toHaveProperty('emails');
    const sent = [{ value: 'a@b', primary: true }];
    expect(readUser({ emails: sent }).emails).toEqual(sent);
  });
});

describe('multi-valued attributes', () => {
  it('R-057 reads one object as a list of one, but not in strict mode', () => {
    const one = { value: 'a@b.org' };
    expect(readUser({ emails: one }).emails).toEqual([one]);
    expect(refused(() => readUser({ emails: one }, { strict: true }))).toContain(
      'emails must be an array.',
    );
  });

  it('R-058 refuses two primary elements, R-059 takes none', () => {
    const emails = [
      { value: 'a', primary: true },
      { value: 'b', primary: 'True' },
    ];
    expect(refused(() => readUser({ emails }))).toContain('Only one element of emails');
    expect(readUser({ emails: [{ value: 'a' }, { value: 'b' }] }).emails).toHaveLength(2);
  });

  it('R-060 keeps a pair of type and value once, other elements as they are', () => {
    const emails = [
      { value: 'a', type: 'work' },
      { value: 'a', type: 'home' },
      { value: 'a', type: 'work', primary: true },
    ];
    expect(readUser({ emails }).emails).toEqual([
      { value: 'a', type: 'work', primary: true },
      { value: 'a', type: 'home' },
    ]);
    const links = [
      { name: 'logo', value: 'x' },
      { name: 'sbs_url', value: 'x' },
    ];
    const extension = 'urn:mace:surf.nl:sram:scim:extension:Group';
    const body = { displayName: 'g', [extension]: { links, labels: ['a', 'b', 'a'] } };
    const { attributes } = validateResource(body, group);
    expect(attributes[extension]).toEqual({ links, labels: ['a', 'b'] });
  });
});

describe('references', () => {
  it('R-186 R-252 keeps value and type of members, and each member once', () => {
    const members = [
      { value: '1', display: 'x', $ref: 'https://elsewhere/Users/1' },
      { value: '2', type: 'user', $ref: null },
      { value: '3', type: 'Robot' },
      { VALUE: '1' },
    ];
    const { attributes } = validateResource({ displayName: 'g', members }, group);
    expect(attributes.members).toEqual([
      { value: '1' },
      { value: '2', type: 'User' },
      { value: '3' },
    ]);
  });

  it.each([[{}], [{ value: null }], [{ value: '' }], [{ value: 5 }], [{ display: 'x' }], [5]])(
    'refuses the member %j',
    (member) => {
      const body = { displayName: 'g', members: [member] };
      expect(failure(() => validateResource(body, group)).scimType).toBe('invalidValue');
    },
  );

  it('reads a plain manager as its id, as Entra sends it, and "" as none', () => {
    const manager = (given: JsonObject[string]) => readUser({ [ENT]: { manager: given } })[ENT];
    expect(manager('7')).toEqual({ manager: { value: '7' } });
    expect(manager({ value: '7', $ref: 'x', displayName: 'y' })).toEqual({
      manager: { value: '7' },
    });
    for (const none of ['', { value: '' }, { value: null }, { $ref: '' }]) {
      expect(manager(none)).toBeUndefined();
    }
  });
});

describe('required attributes', () => {
  it('R-083 R-180 names what is missing', () => {
    expect(refused(() => read({ schemas: [CORE] }))).toBe(
      '400 invalidValue: userName is required.',
    );
    expect(refused(() => validateResource({}, group))).toContain('displayName is required.');
  });

  it.each(['', '   ', '\t'])('R-075 refuses the userName %j', (userName) => {
    expect(refused(() => read({ userName }))).toBe('400 invalidValue: userName must not be blank.');
  });

  it('R-091 R-044 demands a required extension, and its required attributes', () => {
    expect(refused(() => validateResource({ serial: 's' }, device))).toContain(
      'The extension urn:example:Lease is required.',
    );
    const partial = { serial: 's', 'urn:example:Lease': { rate: 1 } };
    expect(refused(() => validateResource(partial, device))).toContain(
      'urn:example:Lease:holder is required.',
    );
    expect(
      refused(() => readDevice({ parts: [{ code: 'a' }, { since: '2011-05-13T04:42:34Z' }] })),
    ).toContain('parts.code is required.');
  });
});

describe('defaults and what was sent', () => {
  it('R-093 active is true unless the client says otherwise, null included', () => {
    expect(readUser({}).active).toBe(true);
    expect(readUser({ active: false }).active).toBe(false);
    expect(readUser({ active: null })).not.toHaveProperty('active');
    expect(readUser({}, { operation: 'replace' })).not.toHaveProperty('active');
  });

  it('R-092 tells the canonical paths of what the client sent', () => {
    const body = { USERNAME: 'a', name: { GIVENNAME: 'b' }, title: null, id: 'x', nope: 1 };
    expect([...validateResource(body, user).sent].sort()).toEqual([
      'name',
      'name.givenName',
      'title',
      'userName',
    ]);
  });
});
