import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';

/** Microsoft Entra ID: its connection test, the validator's patches, both dialects of PATCH. */
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const AD_GROUP = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
const HEADERS = {
  'Content-Type': 'application/scim+json; charset=utf-8',
  Accept: 'application/scim+json',
};

interface Resource {
  id: string;
  [key: string]: unknown;
}

const service = describeService();

function send(method: string, path: string, body?: object) {
  return service.request(method, path, {
    headers: HEADERS,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function patch(path: string, Operations: readonly object[]) {
  return send('PATCH', path, { schemas: [PATCH], Operations });
}

function list(type: string, filter: string, more = '') {
  return send('GET', `/${type}?filter=${encodeURIComponent(filter)}${more}`);
}

async function create(userName: string, more: object = {}): Promise<Resource> {
  const { status, body } = await send('POST', '/Users', { schemas: [USER], userName, ...more });
  expect(status).toBe(201);
  return body as Resource;
}

describe('Entra users', () => {
  it('R-099 tests the connection with a user that does not exist: 200 and empty', async () => {
    const { status, body } = await list(
      'Users',
      'userName eq "b5a3c1a0-3a5e-4a43-8c0e-1cdd8f1d9a11"',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 0, Resources: [] });
  });

  it('R-051 R-053 creates with nulls, unknown attributes, client meta and string booleans', async () => {
    const { status, body } = await send('POST', '/Users/', {
      schemas: [USER, ENTERPRISE],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName: 'Test_User_ab6490ee',
      active: 'True',
      emails: [{ primary: true, type: 'work', value: 'Test_User@testuser.com' }],
      meta: { resourceType: 'User', created: '0001-01-01T00:00:00Z' },
      name: { formatted: 'givenName familyName', familyName: null, givenName: 'givenName' },
      roles: [{ primary: 'True', display: 'User', value: 'user' }],
      nickName: null,
      Department: 'unknown at this place',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      active: true,
      name: { formatted: 'givenName familyName', givenName: 'givenName' },
      roles: [{ primary: true, display: 'User', value: 'user' }],
    });
    expect((body as { meta: { created: string } }).meta.created).not.toContain('0001');
    expect(body).not.toHaveProperty('Department');
    expect(body).not.toHaveProperty('nickName');
  });

  it('R-497 the user signs in with the password that was passed on', async ({ skip }) => {
    const { signIn } = service;
    if (signIn === undefined) return skip('nobody signs in to this store');
    const userName = 'signing.in@testuser.com';
    const { status } = await send('POST', '/Users', {
      schemas: [USER, ENTERPRISE],
      ...{ userName, active: 'True', password: 'Initial-17' },
    });
    expect(status).toBe(201);
    expect(await signIn(userName, 'Initial-17')).toBe(true);
    const found = await send('GET', `/Users?filter=userName eq "${userName}"`);
    const { Resources } = found.body as { Resources: { id: string }[] };
    const path = `/Users/${Resources[0]?.id}`;
    await patch(path, [{ op: 'Replace', path: 'password', value: 'Changed-18' }]);
    expect(await signIn(userName, 'Changed-18')).toBe(true);
    await patch(path, [{ op: 'Replace', path: 'active', value: 'False' }]);
    expect(await signIn(userName, 'Changed-18')).toBe(false);
    expect((await send('DELETE', path)).status).toBe(204);
  });

  it('a duplicate user is 409', async () => {
    const { status } = await send('POST', '/Users', {
      schemas: [USER],
      userName: 'TEST_user_AB6490EE',
    });
    expect(status).toBe(409);
  });

  it('finds by userName, externalId, work e-mail, in any spelling of names', async () => {
    for (const filter of [
      'userName eq "test_user_AB6490ee"',
      'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
      'emails[type eq "work"].value eq "test_user@testuser.com"',
      'USERNAME eq "Test_User_ab6490ee" and ActiVe eq true',
      'userName eq "Test_User_ab6490ee" and externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
    ]) {
      expect((await list('Users', filter, '&startindex=1')).body, filter).toMatchObject({
        totalResults: 1,
      });
    }
    const plus = await send('GET', '/Users?filter=userName+eq+%22Test_User_ab6490ee%22');
    expect(plus.body).toMatchObject({ totalResults: 1 });
  });

  it('R-216 the validator: 17 value-path adds on a user with only a userName', async () => {
    const { id } = await create('validator-17');
    const values: readonly [string, unknown][] = [
      ['displayName', 'BOEYRRRKJGJY'],
      ['title', 'EERWEXWPHBHH'],
      ['emails[type eq "work"].value', 'murl@hegmann.uk'],
      ['preferredLanguage', 'fr-LU'],
      ['name.givenName', 'Kyla'],
      ['name.familyName', 'Bonnie'],
      ['name.formatted', 'Jerrell'],
      ['name.middleName', 'Maximillian'],
      ['name.honorificPrefix', 'Dejon'],
      ['name.honorificSuffix', 'Tyrel'],
      ['addresses[type eq "work"].formatted', 'XHPDVMUZJBJL'],
      ['addresses[type eq "work"].streetAddress', '0469 Ilene Ports'],
      ['addresses[type eq "work"].locality', 'RKCAGMHSXTTA'],
      ['addresses[type eq "work"].country', 'Costa Rica'],
      ['phoneNumbers[type eq "work"].value', '8-820-1140'],
      ['phoneNumbers[type eq "mobile"].value', '8-820-1141'],
      ['phoneNumbers[type eq "fax"].value', '8-820-1142'],
      ['roles[primary eq "True"].display', 'GNXKTVCHCQEJ'],
      ['roles[primary eq "True"].value', 'FWFBIUDQMSDK'],
      [`${ENTERPRISE}:employeeNumber`, 'VMQVYVTHNPVX'],
      [`${ENTERPRISE}:department`, 'GUTMGJZRNTDC'],
      [`${ENTERPRISE}:manager`, 'random manager text'],
      ['profileUrl', 'not a URL at all'],
      ['timezone', 'Pacific/Funafuti'],
      ['locale', 'XYZZY'],
      ['nickName', 'Nick'],
    ];
    const { status, body } = await patch(
      `/Users/${id}`,
      values.map(([path, value]) => ({ op: 'Add', path, value })),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      emails: [{ type: 'work', value: 'murl@hegmann.uk' }],
      name: {
        givenName: 'Kyla',
        familyName: 'Bonnie',
        formatted: 'Jerrell',
        honorificSuffix: 'Tyrel',
      },
      addresses: [
        {
          type: 'work',
          formatted: 'XHPDVMUZJBJL',
          streetAddress: '0469 Ilene Ports',
          locality: 'RKCAGMHSXTTA',
          country: 'Costa Rica',
        },
      ],
      phoneNumbers: [
        { type: 'work', value: '8-820-1140' },
        { type: 'mobile', value: '8-820-1141' },
        { type: 'fax', value: '8-820-1142' },
      ],
      roles: [{ primary: true, display: 'GNXKTVCHCQEJ', value: 'FWFBIUDQMSDK' }],
      [ENTERPRISE]: {
        employeeNumber: 'VMQVYVTHNPVX',
        department: 'GUTMGJZRNTDC',
        manager: { value: 'random manager text' },
      },
      profileUrl: 'not a URL at all',
      locale: 'XYZZY',
    });
  });

  it('R-238 R-240 the legacy dialect: capital ops, string booleans, Replace of a missing element', async () => {
    const { id } = await create('legacy');
    const { status, body } = await patch(`/Users/${id}`, [
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@example.org' },
      { op: 'Add', path: `${ENTERPRISE}:manager`, value: { $ref: null, value: id } },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      active: false,
      emails: [{ type: 'work', value: 'new@example.org' }],
      [ENTERPRISE]: { manager: { value: id } },
    });
    expect((await list('Users', `manager eq "${id}"`)).body).toMatchObject({ totalResults: 1 });
    const cleared = await patch(`/Users/${id}`, [
      { op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' },
    ]);
    expect(cleared.body).not.toHaveProperty([ENTERPRISE]);
  });

  it('R-217 the compliant dialect: one path-less operation with dotted and URN keys', async () => {
    const { id } = await create('compliant');
    const { status, body } = await patch(`/Users/${id}?aadOptscim062020`, [
      {
        op: 'replace',
        value: {
          displayName: 'Display',
          'name.givenName': 'Given',
          'emails[type eq "work"].value': 'work@example.org',
          [`${ENTERPRISE}:employeeNumber`]: '1',
          active: true,
        },
      },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      displayName: 'Display',
      name: { givenName: 'Given' },
      emails: [{ type: 'work', value: 'work@example.org' }],
      [ENTERPRISE]: { employeeNumber: '1' },
    });
    expect(body).not.toHaveProperty(['name.givenName']);
  });

  it('a misspelt attribute in PUT is ignored, and what the body lacks is cleared', async () => {
    const { id } = await create('put', { displayName: 'Before', title: 'Boss' });
    const { status, body } = await send('PUT', `/Users/${id}`, {
      schemas: [USER],
      userName: 'put',
      displayNme: 'After',
    });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('displayName');
    expect(body).not.toHaveProperty('title');
  });

  it('dates with seven fractional digits are understood in filters', async () => {
    const { body } = await list('Users', 'meta.lastmodified gt "2020-01-01T00:00:00.1234567Z"');
    expect((body as { totalResults: number }).totalResults).toBeGreaterThan(0);
  });

  it('R-246 deletes once; the second time is 404', async () => {
    const { id } = await create('gone');
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(404);
  });
});

describe('Entra groups', () => {
  let group: Resource;
  let members: Resource[];

  it('R-048 creates with the old schema URI, which does not come back', async () => {
    members = [await create('m1'), await create('m2'), await create('m3')];
    const { status, body } = await send('POST', '/Groups', {
      schemas: [GROUP, AD_GROUP],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'displayName',
      meta: { resourceType: 'Group' },
    });
    expect(status).toBe(201);
    group = body as Resource;
    expect(group.schemas).toEqual([GROUP]);
    expect(group.members).toEqual([]);
  });

  it('the same group again is 409', async () => {
    const { status } = await send('POST', '/Groups', {
      schemas: [GROUP],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'displayName',
    });
    expect(status).toBe(409);
  });

  it('R-167 reads with excludedAttributes=members', async () => {
    const read = await send('GET', `/Groups/${group.id}?excludedAttributes=members`);
    expect(read.body).not.toHaveProperty('members');
    const found = await list(
      'Groups',
      'displayName eq "displayName"',
      '&excludedAttributes=members',
    );
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: group.id }] });
  });

  it('R-143 adds members and finds the group by id and member', async () => {
    const { status } = await patch(`/Groups/${group.id}`, [
      { op: 'Add', path: 'members', value: members.map(({ id }) => ({ $ref: null, value: id })) },
    ]);
    expect(status).toBe(200);
    const id = members[0]?.id ?? '';
    for (const filter of [
      `id eq "${group.id}" and members eq "${id}"`,
      `id eq "${group.id}" and members[value eq "${id}"]`,
    ]) {
      const { body } = await list('Groups', filter, '&excludedAttributes=members');
      expect(body, filter).toMatchObject({ totalResults: 1 });
    }
  });

  it('R-228 Remove with a value list removes only those listed', async () => {
    const [first, second, third] = members.map(({ id }) => id);
    await patch(`/Groups/${group.id}`, [
      { op: 'Remove', path: 'members', value: [{ value: first }] },
    ]);
    expect((await memberIds()).sort()).toEqual([second, third].sort());
    await patch(`/Groups/${group.id}`, [{ op: 'Remove', path: `members[value eq "${second}"]` }]);
    expect(await memberIds()).toEqual([third]);
  });

  it('renames, ignoring extra keys of the operation, and deletes', async () => {
    const { status } = await patch(`/Groups/${group.id}`, [
      { op: 'Replace', path: 'displayName', value: 'renamed', name: 'replaceDisplayName' },
    ]);
    expect(status).toBe(200);
    expect((await send('GET', `/Groups/${group.id}`)).body).toMatchObject({
      displayName: 'renamed',
    });
    expect((await send('DELETE', `/Groups/${group.id}`)).status).toBe(204);
  });

  async function memberIds(): Promise<string[]> {
    const { body } = await send('GET', `/Groups/${group.id}`);
    return ((body as { members?: { value: string }[] }).members ?? []).map(({ value }) => value);
  }
});

describe('Entra discovery', () => {
  it('R-042 schemas have camelCase keywords and no nulls', async () => {
    const { text } = await send('GET', '/Schemas');
    expect(text).not.toContain('null');
    expect(text).toContain('"mutability":"readWrite"');
  });
});
