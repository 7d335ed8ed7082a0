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
import { type Answer } from '../support/service.js';

const service = describeService();

let counter = 0;
const made = () => create(service, '/Users', { userName: `user-${++counter}` });
const group = (members: readonly object[] = []) =>
  create(service, '/Groups', { displayName: `group-${++counter}`, members });
const title = (value: string) => patchOf({ op: 'replace', path: 'title', value });

/** Every way to write a user, with this If-Match. */
async function writes(user: Resource, match: string): Promise<readonly Answer[]> {
  const path = `/Users/${user.id}`;
  const headers = { 'If-Match': match };
  const body = { schemas: [USER], userName: user.userName, title: 'put' };
  return [
    await service.request('PUT', path, { body, headers }),
    await service.request('PATCH', path, { ...title('patched'), headers }),
    await service.request('DELETE', path, { headers }),
  ];
}

describe('ETag', () => {
  it('R-271 R-275 every answer with a resource has it: meta.version, with W/ where it is weak', async () => {
    const user = await made();
    const path = `/Users/${user.id}`;
    const body = { schemas: [USER], userName: user.userName, title: 'x' };
    for (const answer of [
      await service.request('POST', '/Users', { body: { ...body, userName: 'etag' } }),
      await service.request('PUT', path, { body }),
      await service.request('PATCH', path, title('y')),
      await service.request('GET', path),
    ]) {
      const { version } = answer.json<Resource>().meta;
      expect(answer.headers.get('etag')).toBe(version);
      expect(version).toMatch(/^(W\/)?"[\x21\x23-\x7e]+"$/);
    }
    const current = await read(service, path);
    const listed = await list(service, '/Users', { filter: `id eq "${user.id}"` });
    expect(listed.Resources[0]?.meta.version).toBe(current.meta.version);
  });

  it('R-271 R-194 a PATCH without a body in its answer has the new one', async () => {
    const { id, meta } = await group();
    const { id: value } = await made();
    const path = `/Groups/${id}`;
    const add = patchOf({ op: 'add', path: 'members', value: [{ value }] });
    const headers = { Prefer: 'return=minimal' };
    const answer = await service.request('PATCH', path, { ...add, headers });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const { version } = (await read(service, path)).meta;
    expect(answer.headers.get('etag')).toBe(version);
    expect(version).not.toBe(meta.version);
  });

  it('R-271 says the same of the same content, also read through another projection', async () => {
    const user = await made();
    for (const search of ['', '?attributes=userName', '?excludedAttributes=meta']) {
      const answer = await service.request('GET', `/Users/${user.id}${search}`);
      expect(answer.headers.get('etag')).toBe(user.meta.version);
    }
  });
});

describe('If-None-Match', () => {
  it('R-272 with the current version is 304 without a body', async () => {
    const { id, meta } = await made();
    const strong = meta.version.replace(/^W\//, '');
    for (const match of [meta.version, strong, '*', `"x", ${meta.version}`, `${strong},"y"`]) {
      const headers = { 'If-None-Match': match };
      const answer = await service.request('GET', `/Users/${id}`, { headers });
      expect([answer.status, answer.text], match).toEqual([304, '']);
      expect(answer.headers.get('etag')).toBe(meta.version);
    }
  });

  it('R-272 with another one is 200', async () => {
    const { id, meta } = await made();
    const path = `/Users/${id}`;
    await service.request('PATCH', path, title('new'));
    for (const match of [meta.version, '"x"', 'W/"x"', '"x", "y"', 'nonsense', '']) {
      const answer = await service.request('GET', path, { headers: { 'If-None-Match': match } });
      expect(answer.status, match).toBe(200);
      expect(answer.json<Resource>().title).toBe('new');
    }
    const none = await service.request('GET', '/Users/none', { headers: { 'If-None-Match': '*' } });
    expectError(none, 404);
  });
});

describe('what a tag covers', () => {
  it('R-300 groups that came and went are no 304, and no 412', async () => {
    const user = await made();
    const path = `/Users/${user.id}`;
    const { id } = await group([{ value: user.id }]);
    const inGroup = await read(service, path);
    expect(inGroup.meta.version).not.toBe(user.meta.version);
    const listed = await list(service, '/Users', { filter: `id eq "${user.id}"` });
    expect(listed.Resources[0]?.meta.version).toBe(inGroup.meta.version);
    const ask = (tag: string, search = '') =>
      service.request('GET', path + search, { headers: { 'If-None-Match': tag } });
    expect((await ask(inGroup.meta.version)).status).toBe(304);
    expect((await ask(user.meta.version)).status).toBe(200);
    expect((await ask(user.meta.version, '?excludedAttributes=groups')).status).toBe(304);
    await service.request('DELETE', `/Groups/${id}`);
    const left = await ask(inGroup.meta.version);
    expect(left.status).toBe(200);
    expect(left.json<Resource>().meta.version).toBe(user.meta.version);
    // The user itself is as it was.
    const headers = { 'If-Match': inGroup.meta.version };
    const changed = await service.request('PATCH', path, { ...title('same user'), headers });
    expect(changed.status).toBe(200);
    expect((await service.request('DELETE', path, { headers })).status).toBe(412);
  });
});

describe('If-Match', () => {
  it('R-273 with a stale version is 412, and nothing changes', async () => {
    const user = await made();
    await service.request('PATCH', `/Users/${user.id}`, title('current'));
    const before = await read(service, `/Users/${user.id}`);
    for (const match of [user.meta.version, 'W/"x"', '"x", W/"y"']) {
      for (const answer of await writes(user, match)) expectError(answer, 412);
    }
    expect(await read(service, `/Users/${user.id}`)).toEqual(before);
  });

  it('R-273 members of a group too', async () => {
    const { id: value } = await made();
    const stale = await group();
    const path = `/Groups/${stale.id}`;
    await service.request('PATCH', path, patchOf({ op: 'add', value: { displayName: 'moved' } }));
    const headers = { 'If-Match': stale.meta.version };
    const body = { schemas: [GROUP], displayName: 'put', members: [{ value }] };
    for (const answer of [
      await service.request('PATCH', path, {
        ...patchOf({ op: 'add', path: 'members', value: [{ value }] }),
        headers,
      }),
      await service.request('PUT', path, { body, headers }),
      await service.request('DELETE', path, { headers }),
    ]) {
      expectError(answer, 412);
    }
    expect(await read(service, path)).toMatchObject({ members: [] });
  });

  it('R-274 with the current version, its strong form, * or a list is done', async () => {
    for (const form of [
      (version: string) => version,
      (version: string) => version.replace(/^W\//, ''),
      () => '*',
      (version: string) => `"x", ${version}`,
      (version: string) => `${version} , W/"z"`,
    ]) {
      const user = await made();
      const path = `/Users/${user.id}`;
      const current = async () => form((await read(service, path)).meta.version);
      const body = { schemas: [USER], userName: user.userName, title: 'put' };
      const put = await service.request('PUT', path, {
        body,
        headers: { 'If-Match': await current() },
      });
      expect(put.status).toBe(200);
      const patch = await service.request('PATCH', path, {
        ...title('patched'),
        headers: { 'If-Match': await current() },
      });
      expect(patch.json<Resource>().title).toBe('patched');
      const removed = await service.request('DELETE', path, {
        headers: { 'If-Match': await current() },
      });
      expect(removed.status).toBe(204);
    }
  });

  it('R-274 of what is not there is 404', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      const body = { schemas: [USER], userName: 'none', Operations: [] };
      const sent = method === 'PATCH' ? title('x') : method === 'PUT' ? { body } : {};
      const answer = await service.request(method, '/Users/none', {
        ...sent,
        headers: { 'If-Match': '*' },
      });
      expect([404, 412]).toContain(answer.status);
    }
  });

  it('R-276 of two writers with the same version one succeeds', async () => {
    for (let round = 0; round < 20; round++) {
      const user = await made();
      const path = `/Users/${user.id}`;
      const headers = { 'If-Match': user.meta.version };
      const answers = await Promise.all(
        ['a', 'b', 'c'].map((value) =>
          service.request('PATCH', path, { ...title(value), headers }),
        ),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, 412, 412]);
      const winner = answers.find(({ status }) => status === 200)?.json<Resource>();
      expect((await read(service, path)).title).toBe(winner?.title);
    }
  });

  it('R-276 members added at once by two writers with one version: one set of them', async () => {
    const [a, b] = [await made(), await made()];
    for (let round = 0; round < 10; round++) {
      const { id, meta } = await group();
      const headers = { 'If-Match': meta.version };
      const answers = await Promise.all(
        [a, b].map((user) =>
          service.request('PATCH', `/Groups/${id}`, {
            ...patchOf({ op: 'add', path: 'members', value: [{ value: user.id }] }),
            headers,
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      expect((await read(service, `/Groups/${id}`)).members).toHaveLength(1);
    }
  });

  it('without it, writers at once all succeed and lose nothing', async () => {
    const users = await Promise.all(Array.from({ length: 20 }, made));
    const { id } = await group();
    const answers = await Promise.all(
      users.map((user) =>
        service.request(
          'PATCH',
          `/Groups/${id}`,
          patchOf({ op: 'add', path: 'members', value: [{ value: user.id }] }),
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await read(service, `/Groups/${id}`)).members).toHaveLength(20);
    const one = await made();
    const attributes = ['title', 'nickName', 'displayName', 'locale', 'timezone', 'userType'];
    await Promise.all(
      attributes.map((path) =>
        service.request('PATCH', `/Users/${one.id}`, patchOf({ op: 'add', path, value: path })),
      ),
    );
    const after = await read(service, `/Users/${one.id}`);
    for (const path of attributes) expect(after[path]).toBe(path);
  });
});
