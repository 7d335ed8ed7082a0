import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';

/** Okta: its headers, its connection test, its match before create, profile push and group push. */
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const HEADERS = {
  'Content-Type': 'application/scim+json; charset=utf-8',
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  'User-Agent': 'Okta SCIM Client 1.0.0',
};

interface Resource {
  id: string;
  [key: string]: unknown;
}

const service = describeService();

function send(method: string, path: string, body?: unknown) {
  return service.request(method, path, {
    headers: HEADERS,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

function patch(id: string, type: string, Operations: readonly object[]) {
  return send('PATCH', `/${type}/${id}`, { schemas: [PATCH], Operations });
}

function find(userName: string) {
  const filter = encodeURIComponent(`userName eq "${userName}"`);
  return send('GET', `/Users?filter=${filter}&startIndex=1&count=100`);
}

describe('Okta', () => {
  let user: Resource;
  let group: Resource;

  it('R-100 tests the connection with startIndex=1&count=2', async () => {
    const { status, body } = await send('GET', '/Users?startIndex=1&count=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  it('R-093 finds nobody, creates with password and empty groups, and never sees the password', async () => {
    expect((await find('Test.User@okta.local')).body).toMatchObject({ totalResults: 0 });
    const { status, body, text } = await send('POST', '/Users', {
      schemas: [USER],
      userName: 'test.user@okta.local',
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
      displayName: 'Test User',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      password: '1mz050nq',
      active: true,
    });
    expect(status).toBe(201);
    expect(text).not.toContain('1mz050nq');
    expect(text).not.toContain('password');
    user = body as Resource;
    expect(user).toMatchObject({ active: true, locale: 'en-US' });
    expect(user.groups).toBeUndefined();
  });

  it('R-497 the user signs in with the password that was passed on', async ({ skip }) => {
    const { signIn } = service;
    if (signIn === undefined) return skip('nobody signs in to this store');
    expect(await signIn('test.user@okta.local', '1mz050nq')).toBe(true);
    expect(await signIn('test.user@okta.local', 'another-1mz')).toBe(false);
  });

  it('matches in any letter case', async () => {
    const { body } = await find('TEST.User@OKTA.local');
    expect(body).toMatchObject({ totalResults: 1, Resources: [{ id: user.id }] });
  });

  it('R-084 a duplicate is 409', async () => {
    const { status, body } = await send('POST', '/Users', {
      schemas: [USER],
      userName: 'Test.User@okta.local',
      active: true,
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ scimType: 'uniqueness', detail: expect.any(String) });
  });

  it('updates a profile: GET, then PUT of that answer with changes and empty strings', async () => {
    const { body } = await send('GET', `/Users/${user.id}`);
    const put = await send('PUT', `/Users/${user.id}`, {
      ...(body as object),
      name: { givenName: 'Another', middleName: '', familyName: 'User' },
      groups: [],
    });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({ id: user.id, name: { givenName: 'Another' }, active: true });
  });

  it('R-240 deactivates without a path, and finds the user afterwards', async () => {
    const { status, body } = await patch(user.id, 'Users', [
      { op: 'replace', value: { active: false } },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ active: false });
    expect((await find('test.user@okta.local')).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id: user.id, active: false }],
    });
    const again = await patch(user.id, 'Users', [{ op: 'replace', value: { active: true } }]);
    expect(again.body).toMatchObject({ active: true });
  });

  it('imports users and groups by pages', async () => {
    for (let i = 0; i < 5; i++) {
      await send('POST', '/Users', { schemas: [USER], userName: `import${i}@okta.local` });
    }
    const first = await send('GET', '/Users?startIndex=1&count=4');
    const second = await send('GET', '/Users?startIndex=5&count=4');
    const pages = [first.body, second.body] as { totalResults: number; Resources: Resource[] }[];
    expect(pages.map(({ totalResults }) => totalResults)).toEqual([6, 6]);
    const ids = pages.flatMap(({ Resources }) => Resources.map(({ id }) => id));
    expect(new Set(ids).size).toBe(6);
    expect((await send('GET', '/Groups?startIndex=1&count=100')).status).toBe(200);
  });

  it('R-241 pushes a group: creates it empty and renames it with its id in the value', async () => {
    const { status, body } = await send('POST', '/Groups', {
      schemas: [GROUP],
      displayName: 'Test SCIMv2',
      members: [],
    });
    expect(status).toBe(201);
    group = body as Resource;
    const renamed = await patch(group.id, 'Groups', [
      { op: 'replace', value: { id: group.id, displayName: 'Test SCIMv2 renamed' } },
    ]);
    expect(renamed.status).toBe(200);
    const read = await send('GET', `/Groups/${group.id}`);
    expect(read.body).toMatchObject({ displayName: 'Test SCIMv2 renamed' });
  });

  it('R-226 adds and removes members, both in one request', async () => {
    const other = (await find('import0@okta.local')).body as { Resources: Resource[] };
    const second = other.Resources[0]?.id ?? '';
    const add = await patch(group.id, 'Groups', [
      { op: 'add', path: 'members', value: [{ value: user.id, display: 'test.user@okta.local' }] },
    ]);
    expect(add.status).toBe(200);
    const both = await patch(group.id, 'Groups', [
      { op: 'remove', path: `members[value eq "${user.id}"]` },
      { op: 'add', path: 'members', value: [{ value: second, display: 'import0@okta.local' }] },
    ]);
    expect(both.status).toBe(200);
    expect(await members()).toEqual([second]);
  });

  it('R-242 replaces the whole list, empties it, also without a path, and puts nulls', async () => {
    await patch(group.id, 'Groups', [
      { op: 'replace', path: 'members', value: [{ value: user.id }] },
    ]);
    expect(await members()).toEqual([user.id]);
    await patch(group.id, 'Groups', [{ op: 'replace', path: 'members', value: [] }]);
    expect(await members()).toEqual([]);
    await patch(group.id, 'Groups', [{ op: 'replace', value: { members: [{ value: user.id }] } }]);
    expect(await members()).toEqual([user.id]);
    const put = await send('PUT', `/Groups/${group.id}`, {
      schemas: [GROUP],
      id: group.id,
      displayName: 'Test SCIMv2',
      members: [{ value: user.id, display: null }],
    });
    expect(put.status).toBe(200);
    expect(await members()).toEqual([user.id]);
  });

  it('deletes the group', async () => {
    expect((await send('DELETE', `/Groups/${group.id}`)).status).toBe(204);
    expect((await send('GET', `/Groups/${group.id}`)).status).toBe(404);
  });

  it('R-011 its test suite: an unknown id has a detail, a filter of bare text is 400, POST to discovery is 405', async () => {
    const unknown = await send('GET', '/Users/00000000-0000-0000-0000-000000000000');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ status: '404', detail: expect.stringContaining('User') });
    expect((await send('GET', '/Users?filter=test')).status).toBe(400);
    for (const path of ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes']) {
      expect((await send('POST', path, 'test')).status, path).toBe(405);
    }
  });

  async function members(): Promise<string[]> {
    const { body } = await send('GET', `/Groups/${group.id}`);
    const list = (body as { members?: { value: string }[] }).members ?? [];
    return list.map(({ value }) => value);
  }
});
