import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  create,
  ENTERPRISE,
  expectError,
  expectNoNulls,
  GROUP,
  list,
  patchOf,
  type Resource,
  read,
  SRAM_USER,
  USER,
} from './support/scim.js';
import { type Service, startService } from './support/service.js';

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

describe('values', () => {
  it('R-052 values of a wrong type are invalidValue', async () => {
    const integer = (text: string) =>
      `{"schemas":["${USER}"],"userName":"${name()}","${SRAM_USER}":{"sramInactiveDays":${text}}}`;
    for (const text of ['1.5', '1e3', '"5"', 'true', '[1]', '{}', '1E2', '1.0e1']) {
      const answer = await service.request('POST', '/Users', { body: integer(text) });
      expectError(answer, 400, 'invalidValue');
    }
    for (const text of ['5', '0', '-1']) {
      const answer = await service.request('POST', '/Users', { body: integer(text) });
      expect(answer.status, text).toBe(201);
      expect(answer.json<Resource>()[SRAM_USER]).toEqual({ sramInactiveDays: Number(text) });
    }
    for (const wrong of [
      { active: 1 },
      { active: 'yes' },
      { active: {} },
      { displayName: 123 },
      { displayName: true },
      { displayName: ['x'] },
      { displayName: { value: 'x' } },
      { name: 'Barbara' },
      { name: ['Barbara'] },
      { name: { familyName: 5 } },
      { emails: [{ value: 5 }] },
      { emails: [{ value: 'a@b.org', primary: 1 }] },
      { userName: 5 },
      { userName: ['x'] },
      { externalId: 5 },
      { profileUrl: 5 },
      { [ENTERPRISE]: 'x' },
      { [ENTERPRISE]: { manager: { value: 5 } } },
    ]) {
      const answer = await post(wrong);
      expectError(answer, 400, 'invalidValue');
    }
  });

  it('R-053 "False" and "True" are booleans for Entra; STRICT=true refuses them', async () => {
    for (const [sent, stored] of [
      ['False', false],
      ['false', false],
      ['True', true],
      ['true', true],
    ] as const) {
      expect((await again(await made({ active: sent }))).active).toBe(stored);
      expectError(await post({ active: sent }, strict), 400, 'invalidValue');
    }
  });

  it('R-057 one object stands for a list of one; STRICT=true refuses it', async () => {
    const emails = { value: 'a@b.org', type: 'work' };
    expect((await again(await made({ emails }))).emails).toEqual([emails]);
    expectError(await post({ emails }, strict), 400, 'invalidValue');
  });

  it('R-058 only one element can be primary', async () => {
    const emails = ['a', 'b'].map((value) => ({ value: `${value}@b.org`, primary: true }));
    expectError(await post({ emails }), 400, 'invalidValue');
    const spelt = emails.map(({ value }) => ({ value, primary: 'True' }));
    expectError(await post({ emails: spelt }), 400, 'invalidValue');
  });

  it('R-059 no primary counts as false', async () => {
    const user = await made({
      emails: [{ value: 'p@b.org' }, { value: 'q@b.org', primary: true }],
    });
    const found = async (filter: string) =>
      (await list(service, '/Users', { filter: `userName eq "${user.userName}" and ${filter}` }))
        .totalResults;
    expect(await found('emails[value eq "p@b.org" and primary eq false]')).toBe(1);
    expect(await found('emails[value eq "p@b.org" and primary eq true]')).toBe(0);
    expect(await found('emails[value eq "q@b.org" and primary eq true]')).toBe(1);
  });

  it('R-060 the same value and type is returned once, the same value with another type twice', async () => {
    const emails = [
      { value: 'a@b.org', type: 'work' },
      { value: 'a@b.org', type: 'home' },
      { value: 'a@b.org', type: 'work' },
    ];
    expect((await again(await made({ emails }))).emails).toEqual(emails.slice(0, 2));
  });

  it('R-061 null and empty lists on create are as if left out', async () => {
    const nothing = await made({});
    const user = await made({
      nickName: null,
      emails: [],
      name: null,
      phoneNumbers: null,
      addresses: [null],
      [ENTERPRISE]: null,
      externalId: null,
    });
    expect(Object.keys(user).sort()).toEqual(Object.keys(nothing).sort());
    expect(user.schemas).toEqual([USER]);
    // Nulls inside are left out as well.
    const inner = await made({
      name: { familyName: 'x', givenName: null },
      emails: [{ value: 'a@b.org', type: null }],
      [ENTERPRISE]: { department: null, manager: null },
    });
    expect(inner.name).toEqual({ familyName: 'x' });
    expect(inner.emails).toEqual([{ value: 'a@b.org' }]);
    expect(inner).not.toHaveProperty(ENTERPRISE);
    expect(inner.schemas).toEqual([USER]);
  });

  it('R-062 what is unassigned is absent from every answer', async () => {
    const user = await made({ nickName: 'x', emails: [{ value: 'a@b.org' }] });
    const path = `/Users/${user.id}`;
    const answers = [
      await service.request('PATCH', path, patchOf({ op: 'remove', path: 'nickName' })),
      await service.request('PATCH', path, patchOf({ op: 'replace', path: 'emails', value: [] })),
      await service.request('PATCH', path, patchOf({ op: 'replace', path: 'title', value: null })),
      await service.request('GET', path),
      await service.request('GET', '/Users'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expectNoNulls(answer.body);
    }
    const shown = await again(user);
    for (const absent of ['nickName', 'emails', 'title', 'groups']) {
      expect(shown).not.toHaveProperty(absent);
    }
  });

  it('R-063 R-064 letters come back in the case they were sent in', async () => {
    const externalId = `Ext-${name()}-ÄÖ`;
    const user = await made({ userName: `MiXeD.${name()}`, displayName: 'ßÉa', externalId });
    const shown = await again(user);
    expect(shown.userName).toBe(user.userName);
    expect(String(shown.userName)).toMatch(/^MiXeD\./);
    expect(shown).toMatchObject({ displayName: 'ßÉa', externalId });
  });

  it('R-055 R-056 R-073 binaries are base64 in any of its forms, whatever they hold', async () => {
    const certificate = (value: string) => ({ x509Certificates: [{ value }] });
    const ssh = Buffer.from('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 bjensen@host').toString('base64');
    for (const value of [ssh, 'YQ==', 'YQ', 'YWI=', 'YWI', '-_-_', '+/+/', 'YWJj']) {
      const user = await made(certificate(value));
      expect((await again(user)).x509Certificates).toEqual([{ value }]);
    }
    for (const value of ['not base64!', 'Y', 'YQ===', 'YQ=a', '=', 'ä', 'YW J']) {
      const answer = await post(certificate(value));
      expectError(answer, 400, 'invalidValue');
    }
  });

  it('R-072 values off the canonical formats are kept as sent', async () => {
    const sent = {
      addresses: [{ country: 'United States', type: 'work' }],
      phoneNumbers: [{ value: '555 1234', type: 'Weird type' }],
      emails: [{ value: 'Bob@EXAMPLE.com' }],
      locale: 'random text',
      preferredLanguage: '!!',
      timezone: 'Mars/Olympus',
      profileUrl: 'QWERTY',
      photos: [{ value: 'not a url' }],
    };
    expect(await again(await made(sent))).toMatchObject(sent);
  });

  it('R-074 "" is accepted for optional strings, and pr is false on it', async () => {
    const user = await made({
      title: '',
      nickName: '',
      [SRAM_USER]: { eduPersonUniqueId: '', voPersonExternalId: 'x' },
    });
    const present = async (path: string) =>
      (await list(service, '/Users', { filter: `id eq "${user.id}" and ${path} pr` })).totalResults;
    expect(await present('title')).toBe(0);
    expect(await present('nickName')).toBe(0);
    expect(await present(`${SRAM_USER}:eduPersonUniqueId`)).toBe(0);
    expect(await present(`${SRAM_USER}:voPersonExternalId`)).toBe(1);
  });

  it('R-075 userName cannot be empty or blank', async () => {
    for (const userName of ['', ' ', '\t', ' \u00a0 ', '\u3000', null]) {
      expectError(await post({ userName }), 400, 'invalidValue');
      const user = await made({});
      const body = { schemas: [USER], userName };
      const put = await service.request('PUT', `/Users/${user.id}`, { body });
      expectError(put, 400, 'invalidValue');
    }
  });
});

describe('common attributes', () => {
  it('R-065 an id is unique over all types, stable and never given again', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const user = await made({});
      const group = await create(service, '/Groups', { displayName: `g${i}` });
      for (const { id } of [user, group]) {
        expect(id).toMatch(/^[^\s/]+$/);
        expect(id.toLowerCase()).not.toContain('bulkid');
        expect(ids.has(id)).toBe(false);
        ids.add(id);
      }
      await service.request('DELETE', `/Users/${user.id}`);
      const reborn = await made({ userName: user.userName });
      expect(ids.has(reborn.id)).toBe(false);
      ids.add(reborn.id);
      expect((await again(reborn)).id).toBe(reborn.id);
    }
  });

  it('R-066 meta is set by the service', async () => {
    const before = Date.now();
    const user = await made({ meta: { resourceType: 'X', created: '1999-01-01T00:00:00Z' } });
    const { resourceType, created, lastModified, location, version } = user.meta;
    expect(resourceType).toBe('User');
    expect(lastModified).toBe(created);
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(Date.parse(created)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(created)).toBeLessThanOrEqual(Date.now() + 1000);
    expect(location).toBe(`${service.url}/Users/${user.id}`);
    expect(version).toMatch(/\S/);
    expect(await again(user)).toEqual(user);
  });

  it('R-067 a change moves lastModified and leaves created', async () => {
    let last = await made({ displayName: '0' });
    const path = `/Users/${last.id}`;
    for (const [i, change] of [
      () => service.request('PATCH', path, patchOf({ op: 'add', path: 'displayName', value: 'a' })),
      () =>
        service.request('PUT', path, {
          body: { schemas: [USER], userName: last.userName, displayName: 'b' },
        }),
      () => service.request('PATCH', path, patchOf({ op: 'remove', path: 'displayName' })),
    ].entries()) {
      expect((await change()).status).toBe(200);
      const now = await again(last);
      expect(now.meta.created, `change ${i}`).toBe(last.meta.created);
      expect(Date.parse(now.meta.lastModified)).toBeGreaterThan(Date.parse(last.meta.lastModified));
      expect(now.meta.version).not.toBe(last.meta.version);
      last = now;
    }
    const group = await create(service, '/Groups', { displayName: 'dated' });
    await service.request(
      'PATCH',
      `/Groups/${group.id}`,
      patchOf({ op: 'add', path: 'members', value: [{ value: last.id }] }),
    );
    const { meta } = await read(service, `/Groups/${group.id}`);
    expect(meta.created).toBe(group.meta.created);
    expect(Date.parse(meta.lastModified)).toBeGreaterThan(Date.parse(group.meta.lastModified));
  });

  it('R-068 meta.location answers GET with this resource', async () => {
    const user = await made({});
    const answer = await fetch(user.meta.location, {
      headers: { Authorization: 'Bearer test-key' },
    });
    expect(await answer.json()).toEqual(user);
    const stated = answer.headers.get('content-location');
    expect([null, user.meta.location]).toContain(stated);
  });

  it('R-069 R-271 meta.version is the ETag', async () => {
    const user = await made({});
    const get = await service.request('GET', `/Users/${user.id}`);
    const patched = await service.request(
      'PATCH',
      `/Users/${user.id}`,
      patchOf({ op: 'add', path: 'title', value: 'x' }),
    );
    for (const answer of [get, patched]) {
      expect(answer.headers.get('etag')).toBe(answer.json<Resource>().meta.version);
    }
    expect(get.headers.get('etag')).toBe(user.meta.version);
  });

  it('R-070 externalId is the client’s, and absent where it gave none', async () => {
    const externalId = 'A@B.org / ünï "x"';
    expect((await again(await made({ externalId }))).externalId).toBe(externalId);
    expect(await again(await made({}))).not.toHaveProperty('externalId');
    const user = await made({ externalId: 'kept' });
    await service.request(
      'PATCH',
      `/Users/${user.id}`,
      patchOf({ op: 'add', path: 'title', value: 'x' }),
    );
    expect((await again(user)).externalId).toBe('kept');
  });

  it('R-071 an externalId is there once in a type; EXTERNAL_ID_UNIQUE=false allows more', async () => {
    await made({ externalId: 'once' });
    expectError(await post({ externalId: 'once' }), 409, 'uniqueness');
    // Case is exact, and another type is another matter.
    expect((await post({ externalId: 'ONCE' })).status).toBe(201);
    const groups = { displayName: 'g', externalId: 'once' };
    await create(service, '/Groups', groups);
    expectError(
      await service.request('POST', '/Groups', { body: { schemas: [GROUP], ...groups } }),
      409,
      'uniqueness',
    );
    const other = await made({});
    const path = `/Users/${other.id}`;
    expectError(
      await service.request(
        'PATCH',
        path,
        patchOf({ op: 'add', path: 'externalId', value: 'once' }),
      ),
      409,
      'uniqueness',
    );
    const free = await startService({ EXTERNAL_ID_UNIQUE: 'false' });
    try {
      for (const userName of ['a', 'b']) {
        await create(free, '/Users', { userName, externalId: 'once' });
      }
      expect((await list(free, '/Users', { filter: 'externalId eq "once"' })).totalResults).toBe(2);
    } finally {
      await free.close();
    }
  });
});

describe('groups of a user', () => {
  it('R-076 are ignored in what a client sends', async () => {
    const group = await create(service, '/Groups', { displayName: 'closed' });
    const groups = [{ value: group.id, display: 'closed' }];
    const user = await made({ groups });
    expect(user).not.toHaveProperty('groups');
    const body = { schemas: [USER], userName: user.userName, groups };
    const put = await service.request('PUT', `/Users/${user.id}`, { body });
    expect(put.status).toBe(200);
    expect(put.json<Resource>()).not.toHaveProperty('groups');
    expect(await read(service, `/Groups/${group.id}`)).not.toHaveProperty('members');
    // And a PUT without groups leaves a membership.
    const members = [{ value: user.id }];
    await create(service, '/Groups', { displayName: 'open', members });
    await service.request('PUT', `/Users/${user.id}`, { body: { ...body, groups: [] } });
    expect((await again(user)).groups).toHaveLength(1);
  });

  it('R-077 name the Groups it is in, with references that resolve', async () => {
    const user = await made({});
    const members = [{ value: user.id }];
    const group = await create(service, '/Groups', { displayName: 'staff', members });
    const shown = await again(user);
    expect(shown.groups).toEqual([
      expect.objectContaining({
        value: group.id,
        $ref: `${service.url}/Groups/${group.id}`,
        display: 'staff',
      }),
    ]);
    const relative = await read(service, `/Users/${user.id}`, { 'X-Service': '1' });
    expect(relative.groups).toMatchObject([{ $ref: `/Groups/${group.id}` }]);
    const listed = await list(service, '/Users', { filter: `id eq "${user.id}"` });
    expect(listed.Resources[0]?.groups).toEqual(shown.groups);
  });

  it('R-078 direct membership is direct; what comes through a group is indirect or not told', async () => {
    const user = await made({});
    const inner = await create(service, '/Groups', {
      displayName: 'inner',
      members: [{ value: user.id }],
    });
    const outer = await create(service, '/Groups', {
      displayName: 'outer',
      members: [{ value: inner.id }],
    });
    const { groups } = await again(user);
    const types = new Map(
      (groups as readonly { value: string; type: string }[]).map(({ value, type }) => [
        value,
        type,
      ]),
    );
    expect(types.get(inner.id)).toBe('direct');
    expect(['indirect', undefined]).toContain(types.get(outer.id));
  });
});
