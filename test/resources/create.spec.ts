import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  ENTERPRISE,
  expectError,
  GROUP,
  list,
  type Resource,
  read,
  SRAM_USER,
  USER,
} from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

const service = describeService();

let counter = 0;
const name = () => `user-${++counter}`;
const post = (attributes: object, search = '', to: Service = service) =>
  to.request('POST', `/Users${search}`, {
    body: { schemas: [USER], userName: name(), ...attributes },
  });

describe('POST', () => {
  it('R-079 R-080 answers 201 with the whole resource, and its address twice', async () => {
    const userName = name();
    const answer = await post({ userName });
    expect(answer.status).toBe(201);
    const user = answer.json<Resource>();
    expect(user).toMatchObject({ schemas: [USER], userName, id: expect.stringMatching(/\S/) });
    expect(user.meta.location).toBe(`${service.url}/Users/${user.id}`);
    expect(answer.headers.get('location')).toBe(user.meta.location);
    expect(answer.headers.get('etag')).toBe(user.meta.version);
    expect(await read(service, `/Users/${user.id}`)).toEqual(user);
  });

  it('R-081 POST /Groups makes a Group', async () => {
    const group = await create(service, '/Groups', { displayName: 'staff' });
    expect(group.meta.resourceType).toBe('Group');
    expect(group.meta.location).toBe(`${service.url}/Groups/${group.id}`);
    expect(group).toMatchObject({ members: [] });
  });

  it('R-082 id, meta and groups of the client are ignored', async () => {
    const group = await create(service, '/Groups', { displayName: 'ignored' });
    const answer = await post({
      id: 'my-id',
      meta: { resourceType: 'Group', created: '1999-01-01T00:00:00Z', version: 'W/"mine"' },
      groups: [{ value: group.id }],
    });
    expect(answer.status).toBe(201);
    const user = answer.json<Resource>();
    expect(user.id).not.toBe('my-id');
    expect(user.meta.resourceType).toBe('User');
    expect(user.meta.created).not.toMatch(/^1999/);
    expect(user.meta.version).not.toBe('W/"mine"');
    expect(user).not.toHaveProperty('groups');
    expectError(await service.request('GET', '/Users/my-id'), 404);
  });

  it('R-083 userName and displayName of a Group are needed', async () => {
    for (const userName of [undefined, null, '']) {
      expectError(await post({ userName, displayName: 'x' }), 400, 'invalidValue');
    }
    for (const displayName of [undefined, null, '']) {
      const body = { schemas: [GROUP], displayName, externalId: 'x' };
      expectError(await service.request('POST', '/Groups', { body }), 400, 'invalidValue');
    }
  });

  it('R-084 a userName is there once, in any letter case', async () => {
    await post({ userName: 'Barbara.Jensen' });
    for (const userName of ['Barbara.Jensen', 'barbara.jensen', 'BARBARA.JENSEN']) {
      expectError(await post({ userName }), 409, 'uniqueness');
    }
    // Names of groups are not unique: every collaboration has its "admins".
    for (let i = 0; i < 2; i++) await create(service, '/Groups', { displayName: 'admins' });
  });

  it('R-085 nor in another form of Unicode', async () => {
    await post({ userName: 'josé' });
    await post({ userName: 'abc12' });
    for (const userName of ['jose\u0301', 'JOSÉ', 'ａｂｃ12', 'ＡＢＣ１２']) {
      const answer = await post({ userName });
      expectError(answer, 409, 'uniqueness');
    }
    expect((await post({ userName: 'jose' })).status).toBe(201);
  });

  it('R-087 of fifty at once with one userName one is made', async () => {
    for (const attributes of [{ userName: 'race' }, { externalId: 'race' }]) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          post({ userName: `racer-${i}-${counter}`, ...attributes }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    }
    const { totalResults } = await list(service, '/Users', { filter: 'userName eq "race"' });
    expect(totalResults).toBe(1);
  });

  it('R-088 R-165 attributes says what the answer shows', async () => {
    const answer = await post({ displayName: 'x', title: 'y' }, '?attributes=userName');
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json<Resource>()).sort()).toEqual(['id', 'schemas', 'userName']);
    expect(answer.headers.get('location')).toMatch(/\/Users\/.+/);
  });

  it('R-089 excludedAttributes says what it does not', async () => {
    const emails = [{ value: 'a@b.org' }];
    const answer = await post({ emails, title: 'y' }, '?excludedAttributes=emails');
    const user = answer.json<Resource>();
    expect(user).not.toHaveProperty('emails');
    expect(user.title).toBe('y');
    expect((await read(service, `/Users/${user.id}`)).emails).toEqual(emails);
  });

  it('R-090 R-283 a password is never told', async () => {
    const answer = await post({ password: 't0p-Secret' }, '?attributes=password,userName');
    expect(answer.status).toBe(201);
    expect(answer.text).not.toMatch(/t0p-Secret|password/i);
  });

  it('R-093 Okta’s create', async () => {
    const answer = await post({
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: 'test@okta.local', type: 'work' }],
      displayName: 'Test User',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      password: '1mz050nq',
      active: true,
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ active: true, emails: [{ primary: true }] });
  });

  it('R-094 SRAM’s create', async () => {
    const answer = await service.request('POST', '/Users', {
      headers: { 'X-Service': '42' },
      body: {
        schemas: [USER, SRAM_USER],
        externalId: 'abc@sram.surf.nl',
        userName: 'sram',
        name: { givenName: '', familyName: '' },
        displayName: '',
        active: true,
        emails: [{ value: null, primary: true }],
        x509Certificates: [{ value: Buffer.from('ssh-rsa AAAA').toString('base64') }],
        [SRAM_USER]: {
          eduPersonScopedAffiliation: '',
          eduPersonUniqueId: 'abc@sram.surf.nl',
          voPersonExternalAffiliation: '',
          voPersonExternalId: '',
          sramInactiveDays: 7,
        },
      },
    });
    expect(answer.status, answer.text).toBe(201);
    const user = answer.json<Resource>();
    expect(user.meta.location).toBe(`/Users/${user.id}`);
    expect(user[SRAM_USER]).toMatchObject({
      eduPersonUniqueId: 'abc@sram.surf.nl',
      sramInactiveDays: 7,
    });
    for (const value of [user.externalId, user.name, user.x509Certificates]) {
      expect(value).not.toBeNull();
    }
    expect(user.emails).not.toEqual([]);
  });

  it('R-095 what failed has left nothing', async () => {
    await post({ userName: 'taken', externalId: 'taken' });
    const before = await list(service, '/Users', { count: '0' });
    const files = readdirSync(service.dataPath, { recursive: true }).length;
    for (const wrong of [
      { userName: 'TAKEN' },
      { externalId: 'taken' },
      { active: 'maybe' },
      { userName: '' },
      {
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ]) {
      expect((await post(wrong)).status).toBeGreaterThanOrEqual(400);
    }
    const body = { schemas: [GROUP], displayName: 'failed', members: [{ value: 'nobody' }] };
    expectError(await service.request('POST', '/Groups', { body }), 400, 'invalidValue');
    const both = { attributes: 'id', excludedAttributes: 'name' };
    const search = `?attributes=${both.attributes}&excludedAttributes=${both.excludedAttributes}`;
    expectError(await post({ userName: 'both' }, search), 400, 'invalidValue');
    expect((await list(service, '/Users', { count: '0' })).totalResults).toBe(before.totalResults);
    const groups = await list(service, '/Groups', { filter: 'displayName eq "failed"' });
    expect(groups.totalResults).toBe(0);
    expect(readdirSync(service.dataPath, { recursive: true })).toHaveLength(files);
    // What a failed create would have used is free.
    expect((await post({ userName: 'both' })).status).toBe(201);
  });

  it('R-205 extension and core data come together', async () => {
    const user = await create(service, '/Users', {
      schemas: [USER, ENTERPRISE],
      userName: name(),
      [ENTERPRISE]: { employeeNumber: '701984', manager: { value: '' } },
    });
    expect(user[ENTERPRISE]).toEqual({ employeeNumber: '701984' });
  });
});

describe('locations', () => {
  const SRAM = { 'X-Service': '1' };
  const located = async (env: Readonly<Record<string, string>>, path = '') => {
    const other = await startService(env);
    try {
      const seen = [];
      for (const [i, headers] of [{}, SRAM].entries()) {
        const body = { schemas: [USER], userName: `located${i}` };
        const answer = await other.request('POST', '/Users', { body, headers });
        const { id, meta } = answer.json<Resource>();
        const shown = await read(other, `/Users/${id}`, headers);
        expect(shown.meta.location).toBe(meta.location);
        const filter = { filter: `id eq "${id}"` };
        const listed = await list(other, '/Users', filter, headers);
        expect(listed.Resources[0]?.meta.location).toBe(meta.location);
        // The header is absolute in any case.
        expect(answer.headers.get('location')).toBe(
          path === '' ? `${other.url}/Users/${id}` : `${path}/Users/${id}`,
        );
        seen.push(meta.location.replace(id, '{id}').replace(other.url, '{url}'));
      }
      return seen;
    } finally {
      await other.close();
    }
  };

  it('R-079 META_LOCATION=auto is absolute, and relative for a request with X-Service', async () => {
    expect(await located({})).toEqual(['{url}/Users/{id}', '/Users/{id}']);
    expect(await located({ META_LOCATION: 'auto', BASE_PATH: '/scim' })).toEqual([
      '{url}/Users/{id}',
      '/Users/{id}',
    ]);
  });

  it('R-079 META_LOCATION=relative is always relative', async () => {
    expect(await located({ META_LOCATION: 'relative' })).toEqual(['/Users/{id}', '/Users/{id}']);
  });

  it('R-079 META_LOCATION=absolute is always absolute, at PUBLIC_URL where it is set', async () => {
    const env = { META_LOCATION: 'absolute' };
    expect(await located(env)).toEqual(['{url}/Users/{id}', '{url}/Users/{id}']);
    const PUBLIC_URL = 'https://scim.example.org/x';
    expect(await located({ ...env, PUBLIC_URL }, PUBLIC_URL)).toEqual([
      `${PUBLIC_URL}/Users/{id}`,
      `${PUBLIC_URL}/Users/{id}`,
    ]);
  });

  it('R-079 a Host header of the client’s is not believed beyond its own answer', async () => {
    const user = await create(service, '/Users', { userName: name() });
    const { meta } = await read(service, `/Users/${user.id}`, {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
    });
    expect(meta.location).toBe(user.meta.location);
  });
});
