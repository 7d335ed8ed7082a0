import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import { testRegistry, typeNamed } from '../testing/registry.js';
import { dropReference } from './drop-reference.js';
import { normalise } from './normalise.js';
import { mergeForReplace } from './replace.js';
import { checkRequired } from './required.js';
import { validateResource } from './validate-resource.js';

const registry = testRegistry({
  'core/Badge.json': {
    id: 'urn:example:Badge',
    attributes: [
      { name: 'label', required: true },
      { name: 'number', mutability: 'immutable' },
      {
        name: 'owner',
        type: 'complex',
        subAttributes: [{ name: 'born', mutability: 'immutable' }, { name: 'name' }],
      },
      { name: 'printed', mutability: 'readOnly' },
    ],
  },
});
const user = typeNamed(registry, 'User');
const badge = typeNamed(registry, 'Badge');
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const VO = 'urn:temporaryNamespace:scim:schemas:voPerson:User';

const current: JsonObject = {
  schemas: [CORE, ENT],
  id: '7',
  meta: { resourceType: 'User', created: 'c', lastModified: 'l' },
  userName: 'bjensen',
  active: false,
  password: '$scrypt$…',
  title: 'Boss',
  emails: [{ value: 'a@b' }],
  groups: [{ value: 'g' }],
  [ENT]: { department: 'x', manager: { value: '9' } },
};

function put(body: JsonObject, before = current, type = user): JsonObject {
  const { attributes, sent } = validateResource(body, type, { operation: 'replace' });
  return mergeForReplace(before, attributes, type, sent);
}

describe('mergeForReplace', () => {
  it('R-177 R-178 clears what is left out, but keeps password and active', () => {
    expect(put({ userName: 'new', title: null, emails: [] })).toEqual({
      schemas: [CORE],
      id: '7',
      meta: current.meta,
      userName: 'new',
      active: false,
      password: '$scrypt$…',
    });
  });

  it('R-178 clears active and password by an explicit null', () => {
    const cleared = put({ userName: 'new', active: null, password: null });
    expect(cleared).not.toHaveProperty('active');
    expect(cleared).not.toHaveProperty('password');
  });

  it('R-175 takes new values', () => {
    const body = { userName: 'new', active: true, password: 'p', [ENT]: { costCenter: '4' } };
    expect(put(body)).toMatchObject({ ...body, schemas: [CORE, ENT] });
    expect(put(body)[ENT]).toEqual({ costCenter: '4' });
  });

  it('R-179 keeps readOnly values, and leaves computed ones out', () => {
    const replaced = put({ userName: 'a', id: '8', meta: {}, groups: [] });
    expect(replaced).toMatchObject({ id: '7', meta: current.meta });
    expect(replaced).not.toHaveProperty('groups');
  });

  it('R-183 removes an extension that is left out, with its URI', () => {
    expect(put({ schemas: [CORE, ENT], userName: 'a' })).not.toHaveProperty([ENT]);
    expect(put({ schemas: [CORE, ENT], userName: 'a' }).schemas).toEqual([CORE]);
  });

  it('R-181 refuses another immutable value, takes the same, and sets an empty one', () => {
    const before = { schemas: ['urn:example:Badge'], id: '1', label: 'x', number: '5' };
    expect(() => put({ label: 'x', number: '6' }, before, badge)).toThrow(
      expect.objectContaining({ scimType: 'mutability', status: 400 }),
    );
    expect(put({ label: 'y', number: '5' }, before, badge).number).toBe('5');
    expect(put({ label: 'y' }, before, badge).number).toBe('5');
    expect(put({ label: 'y', number: '7' }, { label: 'x' }, badge).number).toBe('7');
    const owned = { label: 'x', owner: { born: 'a' } };
    expect(() => put({ label: 'x', owner: { born: 'b' } }, owned, badge)).toThrow(
      expect.objectContaining({ scimType: 'mutability' }),
    );
  });

  it('R-319 keeps immutable parts of a singular attribute that a body leaves out', () => {
    const owned = { label: 'x', owner: { born: 'a', name: 'n' } };
    for (const owner of [undefined, null, {}]) {
      const kept = put({ label: 'y', ...(owner === undefined ? {} : { owner }) }, owned, badge);
      expect(kept.owner).toEqual({ born: 'a' });
    }
    const renamed = put({ label: 'y', owner: { name: 'm' } }, owned, badge);
    expect(renamed.owner).toEqual({ born: 'a', name: 'm' });
    const first = put({ label: 'y', owner: { born: 'b' } }, { label: 'x', owner: {} }, badge);
    expect(first.owner).toEqual({ born: 'b' });
  });

  it('R-184 the same body again gives the same resource', () => {
    const body = {
      userName: 'bjensen',
      title: 'Boss',
      [ENT]: { manager: '9' },
      emails: [{ value: 'a' }],
    };
    const once = put(body);
    expect(put(body, once)).toEqual(once);
  });
});

describe('checkRequired', () => {
  it('R-180 R-083 finds what a change took away', () => {
    expect(() => checkRequired({ schemas: [CORE] }, user)).toThrow('userName is required.');
    expect(() => checkRequired({ schemas: [CORE], userName: ' ' }, user)).toThrow('blank');
    const status = {
      schemas: [CORE, VO],
      userName: 'a',
      [VO]: { voPersonStatus: [{ role: 'x' }] },
    };
    expect(() => checkRequired(status, user)).toThrow('voPersonStatus.value is required.');
    expect(() => checkRequired({ schemas: [CORE], userName: 'a' }, user)).not.toThrow();
  });
});

describe('normalise', () => {
  it('R-061 R-206 drops what is empty, and the URI of an emptied extension', () => {
    const changed = {
      schemas: [CORE, ENT],
      userName: 'a',
      nickName: null,
      emails: [{ value: null }, {}],
      name: { givenName: null, familyName: 'x' },
      [ENT]: { department: null, manager: { value: null } },
    };
    expect(normalise(changed, user)).toEqual({
      schemas: [CORE],
      userName: 'a',
      name: { familyName: 'x' },
    });
  });

  it('R-205 adds the URI of an extension that got data', () => {
    const changed = { schemas: [CORE], userName: 'a', [ENT]: { department: 'x' } };
    expect(normalise(changed, user).schemas).toEqual([CORE, ENT]);
  });
});

describe('dropReference', () => {
  it('R-249 takes a deleted manager out, and says so only then', () => {
    expect(dropReference(current, user, '8')).toBeUndefined();
    const left = dropReference(current, user, '9');
    expect(left?.[ENT]).toEqual({ department: 'x' });
    const only: JsonObject = { ...current, [ENT]: { manager: { value: '9' } } };
    expect(dropReference(only, user, '9')).not.toHaveProperty([ENT]);
    expect(dropReference(only, user, '9')?.schemas).toEqual([CORE]);
    expect(only[ENT]).toEqual({ manager: { value: '9' } });
  });
});
