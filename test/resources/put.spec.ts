import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { deviceOf, deviceSchemas } from '../support/device.js';
import {
  create,
  ENTERPRISE,
  expectError,
  expectNoNulls,
  GROUP,
  list,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService({ SCHEMA_PATH: deviceSchemas() });
let count = 0;
beforeAll(async () => {});

const FULL = {
  schemas: [USER, ENTERPRISE],
  displayName: 'Babs',
  title: 'Guide',
  active: false,
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  emails: [{ value: 'b@x.org', type: 'work', primary: true }],
  [ENTERPRISE]: { department: 'Tours', employeeNumber: '1' },
};

/** A user of its own for each test. */
async function user(attributes: object = FULL) {
  const userName = `user${++count}`;
  const made = await create(service, '/Users', { userName, ...attributes });
  return { made, userName, path: `/Users/${made.id}` };
}

const put = (path: string, body: object) => service.request('PUT', path, { body });

async function putOk(path: string, body: object): Promise<Resource> {
  const answer = await put(path, body);
  expect(answer.status, answer.text).toBe(200);
  const resource = answer.json<Resource>();
  expect(await read(service, path)).toEqual(resource);
  expect(answer.headers.get('etag')).toBe(resource.meta.version);
  return resource;
}

/** Refused, and nothing of the resource has changed. */
async function putRefused(path: string, body: object, status: number, scimType: string) {
  const before = await read(service, path);
  expectError(await put(path, body), status, scimType);
  expect(await read(service, path)).toEqual(before);
}

it('R-175 replaces the whole resource and answers with it', async () => {
  const { made, userName, path } = await user();
  const body = {
    schemas: [USER],
    userName,
    displayName: 'New',
    name: { formatted: 'N' },
    emails: [{ value: 'n@x.org' }],
    phoneNumbers: [{ value: '+1' }],
  };
  const replaced = await putOk(path, body);
  const { schemas, meta, ...attributes } = body as typeof body & { meta?: object };
  expect(meta).toBeUndefined();
  expect(replaced).toMatchObject({ schemas, ...attributes, id: made.id });
  expect(replaced.meta.created).toBe(made.meta.created);
  expect(replaced.meta.lastModified > made.meta.lastModified).toBe(true);
  expect(replaced.meta.version).not.toBe(made.meta.version);
  expect(replaced.meta.location).toBe(made.meta.location);
});

it('R-176 creates nothing', async () => {
  const total = (await list(service, '/Users')).totalResults;
  for (const id of ['unknown', '2819c223-7f76-453a-919d-413861904646', '__proto__']) {
    expectError(await put(`/Users/${id}`, { schemas: [USER], userName: 'created', id }), 404);
  }
  const { id } = await create(service, '/Groups', { displayName: 'g' });
  expectError(await put(`/Users/${id}`, { schemas: [USER], userName: 'created' }), 404);
  expect((await list(service, '/Users')).totalResults).toBe(total);
});

describe('R-177 R-178 what the body leaves out, or unassigns, is cleared', () => {
  it('but active and the password stay', async () => {
    const { made, userName, path } = await user({ ...FULL, externalId: 'x', password: 'pa$$' });
    const replaced = await putOk(path, { schemas: [USER], userName });
    expect(replaced).toEqual({
      schemas: [USER],
      id: made.id,
      userName,
      active: false,
      meta: { ...made.meta, ...replaced.meta },
    });
    const stored = await storedPassword(made.id);
    expect(stored).toBeTypeOf('string');
    await putOk(path, { schemas: [USER], userName, title: 'later' });
    expect(await storedPassword(made.id)).toBe(stored);
  });
  it('null and [] clear as well', async () => {
    const { userName, path } = await user();
    const replaced = await putOk(path, {
      ...FULL,
      userName,
      title: null,
      emails: [],
      name: null,
      displayName: [],
      phoneNumbers: [null],
      [ENTERPRISE]: { department: null, employeeNumber: '1' },
    });
    expectNoNulls(replaced);
    for (const gone of ['title', 'emails', 'name', 'displayName', 'phoneNumbers']) {
      expect(replaced).not.toHaveProperty([gone]);
    }
    expect(replaced[ENTERPRISE]).toEqual({ employeeNumber: '1' });
  });
  it('an explicit null clears active', async () => {
    const { userName, path } = await user();
    expect(await putOk(path, { ...FULL, userName, active: null })).not.toHaveProperty('active');
  });
});

/** What the store keeps of a password. */
async function storedPassword(id: string): Promise<unknown> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`${service.dataPath}/Users/${id}`, 'utf8');
  return (JSON.parse(text) as Record<string, unknown>).password;
}

it('R-179 ignores what is readOnly', async () => {
  const { made, userName, path } = await user();
  const group = await create(service, '/Groups', { displayName: 'g' });
  const replaced = await putOk(path, {
    ...FULL,
    userName,
    title: 'other',
    id: 'mine',
    meta: {
      resourceType: 'Group',
      created: '2001-01-01T00:00:00Z',
      version: 'W/"1"',
      location: 'x',
    },
    groups: [{ value: group.id }],
  });
  expect(replaced).toMatchObject({ id: made.id, title: 'other' });
  expect(replaced).not.toHaveProperty('groups');
  expect(replaced.meta).toMatchObject({ resourceType: 'User', created: made.meta.created });
  expect(replaced.meta.location).toBe(made.meta.location);
  expect(await read(service, `/Groups/${group.id}`)).toMatchObject({ members: [] });
});

describe('R-180 what is required stays', () => {
  it.each([{}, { userName: null }, { userName: '' }, { userName: '  ' }, { userName: [] }])(
    'of users: %j',
    async (given) => {
      const { path } = await user();
      await putRefused(path, { schemas: [USER], title: 'x', ...given }, 400, 'invalidValue');
    },
  );
  it.each([{}, { displayName: null }])('of groups: %j', async (given) => {
    const { id } = await create(service, '/Groups', { displayName: 'g' });
    await putRefused(`/Groups/${id}`, { schemas: [GROUP], ...given }, 400, 'invalidValue');
  });
});

it('R-181 an immutable attribute is set once', async () => {
  const { id } = (
    await service.request('POST', '/Devices', { body: deviceOf('immutable') })
  ).json<Resource>();
  const path = `/Devices/${id}`;
  const set = await putOk(path, deviceOf('immutable', { model: 'A1' }));
  expect(set.model).toBe('A1');
  expect((await putOk(path, deviceOf('immutable', { model: 'A1' }))).meta).toEqual(set.meta);
  await putRefused(path, deviceOf('immutable', { model: 'B2' }), 400, 'mutability');
  // Left out it stays: it cannot be unassigned.
  expect((await putOk(path, deviceOf('immutable', { ports: 1 }))).model).toBe('A1');
});

it('R-182 userName stays unique', async () => {
  const first = await user();
  const { userName, path } = await user();
  for (const taken of [first.userName, first.userName.toUpperCase()]) {
    await putRefused(path, { ...FULL, userName: taken }, 409, 'uniqueness');
  }
  const other = await putOk(path, { ...FULL, userName: userName.toUpperCase() });
  expect(other.userName).toBe(userName.toUpperCase());
  // The old name is free once it is given up.
  await putOk(path, { ...FULL, userName: `${userName}-new` });
  await putOk(first.path, { ...FULL, userName });
});

it('R-182 so does externalId', async () => {
  await user({ externalId: 'taken' });
  const { userName, path } = await user({ externalId: 'own' });
  await putRefused(path, { schemas: [USER], userName, externalId: 'taken' }, 409, 'uniqueness');
  await putOk(path, { schemas: [USER], userName, externalId: 'Taken' });
});

it('R-183 an extension that is left out goes with its URN', async () => {
  const { made, userName, path } = await user();
  expect(made.schemas).toContain(ENTERPRISE);
  const { [ENTERPRISE]: _, ...core } = FULL;
  for (const schemas of [[USER], [USER, ENTERPRISE]]) {
    await putOk(path, { ...FULL, userName });
    const replaced = await putOk(path, { ...core, userName, schemas });
    expect(replaced).not.toHaveProperty([ENTERPRISE]);
    expect(replaced.schemas).toEqual([USER]);
  }
});

describe('R-184 nothing changes', () => {
  it('by the same content again, however it is written', async () => {
    const { made, userName, path } = await user();
    const reversed = Object.fromEntries(Object.entries({ ...FULL, userName }).reverse());
    const upper = { ...FULL, userName: undefined, USERNAME: userName, nickName: null };
    for (const body of [{ ...FULL, userName }, made, reversed, upper]) {
      expect((await putOk(path, body)).meta).toEqual(made.meta);
    }
  });
  it('by a PUT that fails', async () => {
    const { userName, path } = await user();
    await putRefused(path, { ...FULL, userName, title: 'x', active: 'no' }, 400, 'invalidValue');
    await putRefused(path, { ...FULL, userName, emails: [5] }, 400, 'invalidValue');
    const two = [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ];
    await putRefused(path, { ...FULL, userName, emails: two }, 400, 'invalidValue');
  });
});

it('R-185 the members of a group are replaced, and the groups of users follow', async () => {
  const [a, b, c] = [await user(), await user(), await user()];
  const members = (...all: (typeof a)[]) => all.map(({ made }) => ({ value: made.id }));
  const group = await create(service, '/Groups', { displayName: 'g', members: members(a, b) });
  const path = `/Groups/${group.id}`;
  const body = { schemas: [GROUP], displayName: 'g', members: members(b, c) };
  const replaced = await putOk(path, body);
  expect(replaced.members).toMatchObject(members(b, c));
  expect(await read(service, a.path)).not.toHaveProperty('groups');
  for (const { path } of [b, c]) {
    expect((await read(service, path)).groups).toMatchObject([{ value: group.id }]);
  }
  const same = await putOk(path, { ...body, members: members(b, c).reverse() });
  expect(same.members).toHaveLength(2);
  const empty = await putOk(path, { schemas: [GROUP], displayName: 'g' });
  expect(empty).toMatchObject({ members: [] });
  expect(await read(service, c.path)).not.toHaveProperty('groups');
});

it('R-186 takes what SRAM puts, and writes its own $ref', async () => {
  const { made, path } = await user();
  const group = await create(service, '/Groups', { displayName: 'g' });
  const replaced = await putOk(`/Groups/${group.id}`, {
    schemas: [GROUP],
    id: group.id,
    displayName: 'g',
    members: [
      { value: made.id, display: 'Somebody', $ref: `https://sram.example/Users/${made.id}` },
    ],
  });
  expect(replaced.members).toEqual([
    { value: made.id, $ref: `${service.url}${path}`, type: 'User', display: 'Babs' },
  ]);
});

describe('R-220 UNKNOWN_MEMBERS also rules PUT', () => {
  it.each([
    ['reject', undefined],
    ['skip', 1],
    ['accept', 2],
  ] as const)('%s', async (setting, kept) => {
    const own = await startService({ UNKNOWN_MEMBERS: setting });
    try {
      const { id } = await create(own, '/Users', { userName: 'known' });
      const group = await create(own, '/Groups', { displayName: 'g' });
      const body = {
        schemas: [GROUP],
        displayName: 'g',
        members: [{ value: 'unknown' }, { value: id }],
      };
      const answer = await own.request('PUT', `/Groups/${group.id}`, { body });
      if (kept === undefined) expectError(answer, 400, 'invalidValue');
      else expect(answer.json<{ members: unknown[] }>().members).toHaveLength(kept);
    } finally {
      await own.close();
    }
  });
});

describe('hostile bodies', () => {
  it.each([
    '{"schemas":["X"],"userName":"h","__proto__":{"active":false}}',
    '{"schemas":["X"],"userName":"h","constructor":{"prototype":{"polluted":true}}}',
    '{"schemas":["X"],"userName":"h","name":{"__proto__":{"polluted":true}}}',
  ])('%s is a user without more', async (text) => {
    const { path } = await user({ active: true });
    const answer = await service.request('PUT', path, { body: text.replace('X', USER) });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json<Resource>().active).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await service.request('DELETE', path);
  });
  it.each([[[null]], [['x']], [[[]]], [[{}]], [[{ value: 5 }]], [[{ value: { a: 1 } }]], [5]])(
    'members %j do no harm',
    async (members) => {
      const { id } = await create(service, '/Groups', { displayName: 'g' });
      const answer = await put(`/Groups/${id}`, { schemas: [GROUP], displayName: 'g', members });
      if (answer.status !== 200) expectError(answer, 400, 'invalidValue');
      expect((await read(service, `/Groups/${id}`)).members).toEqual([]);
      await list(service, '/Users');
    },
  );
});
