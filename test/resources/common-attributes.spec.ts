import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  expectError,
  GROUP,
  list,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService();

let counter = 0;
const name = () => `user-${++counter}`;
const post = (attributes: object) =>
  service.request('POST', '/Users', { body: { schemas: [USER], userName: name(), ...attributes } });
const made = (attributes: Readonly<Record<string, unknown>>) =>
  create(service, '/Users', { userName: name(), ...attributes });
const again = (resource: Resource) => read(service, `/Users/${resource.id}`);

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
    expect(await read(service, `/Groups/${group.id}`)).toMatchObject({ members: [] });
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
