import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  create,
  ENTERPRISE,
  expectError,
  GROUP,
  type Resource,
  read,
  SRAM_USER,
  USER,
} from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

let service: Service;
let strict: Service;
beforeAll(async () => {
  [service, strict] = await Promise.all([startService(), startService({ STRICT: 'true' })]);
});
afterAll(() => Promise.all([service.close(), strict.close()]));

let counter = 0;
const name = () => `user-${++counter}`;
const post = (attributes: object, to: Service = service) =>
  to.request('POST', '/Users', { body: { schemas: [USER], userName: name(), ...attributes } });
const made = (attributes: Readonly<Record<string, unknown>>) =>
  create(service, '/Users', { userName: name(), ...attributes });
const again = (resource: Resource) => read(service, `/Users/${resource.id}`);

describe('schemas', () => {
  it('R-046 names the base and the extensions with data, once each, in any order of the request', async () => {
    const data = { [ENTERPRISE]: { department: 'x' }, [SRAM_USER]: { eduPersonUniqueId: 'y' } };
    for (const schemas of [
      [USER, ENTERPRISE, SRAM_USER],
      [SRAM_USER, ENTERPRISE, USER],
      [USER, USER, SRAM_USER, ENTERPRISE, ENTERPRISE],
    ]) {
      const user = await made({ schemas, ...data });
      for (const shown of [user, await again(user)]) {
        expect([...shown.schemas].sort()).toEqual([USER, ENTERPRISE, SRAM_USER].sort());
        expect(shown[ENTERPRISE]).toEqual({ department: 'x' });
        expect(shown[SRAM_USER]).toEqual({ eduPersonUniqueId: 'y' });
        expect(shown).not.toHaveProperty('department');
      }
    }
    // Extension attributes outside of their extension are none.
    expect(await made({ department: 'top' })).not.toHaveProperty('department');
    expect((await made({})).schemas).toEqual([USER]);
  });

  it('R-047 schemas may be missing or lack the base', async () => {
    for (const schemas of [undefined, null, [], [ENTERPRISE]]) {
      const user = await made({ schemas, [ENTERPRISE]: { department: 'x' } });
      expect([...user.schemas].sort()).toEqual([USER, ENTERPRISE].sort());
    }
  });

  it('R-047 STRICT=true refuses that', async () => {
    for (const schemas of [undefined, [], [ENTERPRISE], [GROUP]]) {
      expectError(await post({ schemas }, strict), 400, 'invalidSyntax');
    }
    expect((await post({}, strict)).status).toBe(201);
  });

  it('R-048 a foreign URI of Entra is accepted and not told again', async () => {
    const foreign = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
    const body = { schemas: [GROUP, foreign], displayName: 'entra' };
    const group = await create(service, '/Groups', body);
    expect(group.schemas).toEqual([GROUP]);
    const refused = await strict.request('POST', '/Groups', { body });
    expectError(refused, 400, 'invalidSyntax');
  });

  it('R-049 an extension object brings its URI', async () => {
    const data = { schemas: [USER], [ENTERPRISE]: { department: 'x' } };
    const user = await made(data);
    expect([...user.schemas].sort()).toEqual([USER, ENTERPRISE].sort());
    expectError(await post(data, strict), 400, 'invalidSyntax');
    expect((await post({ ...data, schemas: [USER, ENTERPRISE] }, strict)).status).toBe(201);
  });

  it('R-050 keys and URNs are found in any letter case, and answered in the schema’s', async () => {
    const body = {
      SCHEMAS: [USER.toUpperCase(), ENTERPRISE.toLowerCase()],
      USERNAME: 'Upper.Case',
      Name: { FAMILYNAME: 'Jensen' },
      EMAILS: [{ VALUE: 'a@b.org', Type: 'work' }],
      [ENTERPRISE.toUpperCase()]: { DEPARTMENT: 'x' },
    };
    const answer = await service.request('POST', '/Users', { body });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({
      userName: 'Upper.Case',
      name: { familyName: 'Jensen' },
      emails: [{ value: 'a@b.org', type: 'work' }],
      [ENTERPRISE]: { department: 'x' },
    });
    const keys = Object.keys(answer.json<Resource>()).sort();
    const expected = ['schemas', 'id', 'userName', 'name', 'active', 'emails', 'meta', ENTERPRISE];
    expect(keys).toEqual(expected.sort());
    expect([...answer.json<Resource>().schemas].sort()).toEqual([USER, ENTERPRISE].sort());
  });

  it('R-051 unknown attributes are ignored, wherever they stand; STRICT=true refuses them', async () => {
    const cases = [
      { Department: 'x' },
      { name: { familyName: 'x', nope: 'y' } },
      { emails: [{ value: 'a@b.org', nope: 'y' }] },
      { schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'x', nope: 'y' } },
    ];
    for (const attributes of cases) {
      const user = await made(attributes);
      expect(JSON.stringify(await again(user))).not.toMatch(/nope|Department/);
      expectError(await post(attributes, strict), 400, 'invalidValue');
    }
    const unknown = { 'urn:example:unknown': { a: 1 } };
    expect(await made(unknown)).not.toHaveProperty('urn:example:unknown');
    expectError(await post(unknown, strict), 400, 'invalidValue');
  });
});
