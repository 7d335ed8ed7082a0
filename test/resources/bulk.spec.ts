import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { memberIds } from '../support/patching.js';
import {
  BULK,
  create,
  ENTERPRISE,
  ERROR,
  expectError,
  GROUP,
  list,
  PATCH,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { type SentRequest, type Service, startService } from '../support/service.js';

interface Result {
  readonly method: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly location?: string;
  readonly status: string;
  readonly response?: Readonly<Record<string, unknown>>;
}

const service = describeService();
let count = 0;
beforeAll(async () => {});

const name = () => `bulk${++count}`;

const send = (body: object, of = service, headers: SentRequest['headers'] = {}) =>
  of.request('POST', '/Bulk', { body: { schemas: [BULK], ...body }, headers });

async function bulk(Operations: readonly unknown[], more: object = {}, of = service) {
  const answer = await send({ Operations, ...more }, of);
  expect(answer.status, answer.text).toBe(200);
  const {
    schemas,
    Operations: results,
    ...rest
  } = answer.json<{
    schemas: string[];
    Operations: Result[];
  }>();
  expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
  expect(rest).toEqual({});
  return results;
}

const statuses = (results: readonly Result[]) => results.map(({ status }) => status);
const idOf = (result: Result | undefined) => result?.location?.split('/').at(-1) ?? '';

const post = (bulkId: string, attributes: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName: name(), ...attributes },
});
const postGroup = (bulkId: string, members: readonly string[], attributes: object = {}) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: {
    schemas: [GROUP],
    displayName: name(),
    members: members.map((value) => ({ value })),
    ...attributes,
  },
});
const patch = (path: string, ...Operations: readonly object[]) => ({
  method: 'PATCH',
  path,
  data: { schemas: [PATCH], Operations },
});
const title = { op: 'replace', path: 'title', value: 'New' };

describe('R-254 R-255 R-256 R-267 each method', () => {
  it('has a result, in the order of the request', async () => {
    const users: Resource[] = [];
    for (let i = 0; i < 3; i++) users.push(await create(service, '/Users', { userName: name() }));
    const [a, b, c] = users as [Resource, Resource, Resource];
    const data = { schemas: [USER], userName: a.userName, title: 'put' };
    const results = await bulk([
      post('one'),
      { method: 'PUT', path: `/Users/${a.id}`, data },
      patch(`/Users/${b.id}`, title),
      { method: 'DELETE', path: `/Users/${c.id}` },
      { method: 'delete', path: `Users/unknown`, bulkId: 'gone' },
    ]);
    expect(results.map(({ method }) => method.toUpperCase())).toEqual([
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'DELETE',
    ]);
    expect(statuses(results).slice(0, 4)).toEqual(['201', '200', '200', '204']);
    expect(results.map(({ bulkId }) => bulkId)).toEqual([
      'one',
      undefined,
      undefined,
      undefined,
      'gone',
    ]);
    const made = await read(service, `/Users/${idOf(results[0])}`);
    expect(results[0]).toMatchObject({ location: made.meta.location, version: made.meta.version });
    const put = await read(service, `/Users/${a.id}`);
    expect(put.title).toBe('put');
    expect(results[1]).toMatchObject({ location: a.meta.location, version: put.meta.version });
    const patched = await read(service, `/Users/${b.id}`);
    expect(patched.title).toBe('New');
    expect(results[2]).toMatchObject({ location: b.meta.location, version: patched.meta.version });
    expect(results[3]?.location).toBe(c.meta.location);
    expectError(await service.request('GET', `/Users/${c.id}`), 404);
  });
  it('R-323 a creation that an earlier operation refers to does not overtake a DELETE', async () => {
    const taken = await create(service, '/Users', { userName: name() });
    const group = { displayName: 'refers', members: [{ value: 'bulkId:again' }] };
    const results = await bulk([
      { method: 'POST', path: '/Groups', bulkId: 'group', data: { schemas: [GROUP], ...group } },
      { method: 'DELETE', path: `/Users/${taken.id}` },
      { method: 'POST', path: '/Users', bulkId: 'again', data: { userName: taken.userName } },
    ]);
    expect(statuses(results)).toEqual(['201', '204', '201']);
  });

  it('R-255 many keep their order', async () => {
    const results = await bulk(Array.from({ length: 50 }, (_, i) => post(`b${i}`)));
    expect(results.map(({ bulkId }) => bulkId)).toEqual(
      Array.from({ length: 50 }, (_, i) => `b${i}`),
    );
  });
  it('R-283 no result tells a password', async () => {
    const answer = await send({ Operations: [post('p', { password: 'pa$$word1' })] });
    expect(answer.text).not.toMatch(/pa\$\$|password/);
  });
  it('R-067 SRAM gets relative locations', async () => {
    const answer = await send({ Operations: [post('x')] }, service, { 'X-Service': '1' });
    expect(answer.json<{ Operations: Result[] }>().Operations[0]?.location).toMatch(/^\/Users\//);
  });
});

describe('R-257 failed operations', () => {
  it('say why, as the request by itself would', async () => {
    const { userName, id } = await create(service, '/Users', { userName: name() });
    const cases: readonly (readonly [object, string, string?])[] = [
      [post('a', { userName }), '409', 'uniqueness'],
      [post('b', { userName: '' }), '400', 'invalidValue'],
      [patch('/Users/unknown', title), '404'],
      [patch(`/Users/${id}`, { op: 'remove' }), '400', 'noTarget'],
      [patch(`/Users/${id}`, { op: 'remove', path: 'userName' }), '400', 'mutability'],
      [{ method: 'PUT', path: `/Users/${id}`, data: { schemas: [USER] } }, '400', 'invalidValue'],
      [{ method: 'DELETE', path: '/Users/unknown' }, '404'],
      [{ ...patch(`/Users/${id}`), data: { Operations: [null] } }, '400', 'invalidSyntax'],
    ];
    const results = await bulk(cases.map(([operation]) => operation));
    for (const [i, [operation, status, scimType]] of cases.entries()) {
      const result = results[i];
      expect(result?.status, JSON.stringify(operation)).toBe(status);
      expect(result?.response).toEqual({
        schemas: [ERROR],
        status,
        detail: expect.stringMatching(/\S/),
        ...(scimType === undefined ? {} : { scimType }),
      });
      const isPost = result?.method === 'POST';
      expect(result?.location === undefined, JSON.stringify(result)).toBe(isPost);
    }
  });
});

describe('R-258 R-259 failOnErrors', () => {
  const failing = () => post('', { userName: '' });
  it('R-258 without it every operation runs, and the answer is 200', async () => {
    const operations = [failing(), post('x'), failing(), post('y')].map((one, i) => ({
      ...one,
      bulkId: `b${i}`,
    }));
    expect(statuses(await bulk(operations))).toEqual(['400', '201', '400', '201']);
    expect(statuses(await bulk([{ ...failing(), bulkId: 'a' }]))).toEqual(['400']);
  });
  it.each([
    [1, 2],
    [2, 4],
    [3, 5],
  ])('R-259 %i stops after as many errors', async (failOnErrors, ran) => {
    const names = Array.from({ length: 5 }, name);
    // The second and the fourth fail.
    const operations = names.map((userName, i) =>
      post(`b${i}`, { userName: i % 2 === 1 ? '' : userName }),
    );
    const results = await bulk(operations, { failOnErrors });
    expect(results.map(({ bulkId }) => bulkId)).toEqual(
      operations.slice(0, ran).map(({ bulkId }) => bulkId),
    );
    for (const [i, userName] of names.entries()) {
      const { totalResults } = await list(service, '/Users', {
        filter: `userName eq "${userName}"`,
      });
      expect(totalResults, `operation ${i}`).toBe(i % 2 === 0 && i < ran ? 1 : 0);
    }
  });
  it.each(['x', 1.5, -1, 0, {}, [1], true])('%j is no number of errors', async (failOnErrors) => {
    const userName = name();
    const answer = await send({ failOnErrors, Operations: [post('a', { userName })] });
    expectError(answer, 400, 'invalidSyntax');
    const { totalResults } = await list(service, '/Users', { filter: `userName eq "${userName}"` });
    expect(totalResults).toBe(0);
  });
});

describe('R-260 references by bulkId', () => {
  it('backwards and forwards, in members and managers', async () => {
    const results = await bulk([
      postGroup('g', ['bulkId:later', 'bulkId:first']),
      post('first'),
      post('clerk', { [ENTERPRISE]: { manager: { value: 'bulkId:later' } } }),
      post('later'),
      postGroup('h', ['bulkId:g']),
    ]);
    expect(statuses(results)).toEqual(Array(5).fill('201'));
    const [g, first, clerk, later, h] = results.map(idOf) as [
      string,
      string,
      string,
      string,
      string,
    ];
    expect(memberIds(await read(service, `/Groups/${g}`))).toEqual([first, later].sort());
    expect((await read(service, `/Users/${clerk}`))[ENTERPRISE]).toMatchObject({
      manager: { value: later },
    });
    expect((await read(service, `/Groups/${h}`)).members).toMatchObject([
      { value: g, type: 'Group' },
    ]);
  });
  it('in PUT and in PATCH, with and without path, in filters of paths', async () => {
    const old = await create(service, '/Users', { userName: name() });
    const members = [{ value: old.id }];
    const groups: Resource[] = [];
    for (let i = 0; i < 4; i++)
      groups.push(await create(service, '/Groups', { displayName: name(), members }));
    const paths = groups.map(({ id }) => `/Groups/${id}`) as [string, string, string, string];
    const value = [{ value: 'bulkId:new' }];
    const data = { schemas: [GROUP], displayName: 'put', members: value };
    const results = await bulk([
      patch(paths[0], { op: 'add', path: 'members', value }),
      patch(paths[1], { op: 'replace', value: { members: value } }),
      { method: 'PUT', path: paths[2], data },
      patch(
        paths[3],
        { op: 'add', path: 'members', value },
        { op: 'remove', path: 'members[value ne "bulkId:new"]' },
      ),
      post('new'),
    ]);
    expect(results.map(({ status }) => status[0])).toEqual(Array(5).fill('2'));
    const id = idOf(results[4]);
    const after = await Promise.all(
      paths.map(async (path) => memberIds(await read(service, path))),
    );
    expect(after).toEqual([[old.id, id].sort(), [id], [id], [id]]);
  });
  it('keeps text that only speaks of a reference', async () => {
    const [result] = await bulk([post('x', { displayName: 'Bulk', title: 'see bulkId:x' })]);
    expect(result?.status).toBe('201');
    const made = await read(service, `/Users/${idOf(result)}`);
    expect([made.displayName, made.title]).toEqual(['Bulk', 'see bulkId:x']);
  });
});

describe('R-261 references in circles', () => {
  it.each([1, 2, 3])('%i groups', async (length) => {
    const operations = Array.from({ length }, (_, i) =>
      postGroup(`g${i}`, [`bulkId:g${(i + 1) % length}`]),
    );
    const results = await bulk(operations);
    expect(statuses(results)).toEqual(Array(length).fill('201'));
    const ids = results.map(idOf);
    for (const [i, id] of ids.entries()) {
      const group = await read(service, `/Groups/${id}`);
      expect(memberIds(group)).toEqual([ids[(i + 1) % length]]);
      expect(results[i]?.version).toBe(group.meta.version);
    }
  });
  it('two users as managers of each other', async () => {
    const manager = (value: string) => ({ [ENTERPRISE]: { manager: { value } } });
    const results = await bulk([post('a', manager('bulkId:b')), post('b', manager('bulkId:a'))]);
    expect(statuses(results)).toEqual(['201', '201']);
    const [a, b] = results.map(idOf);
    expect((await read(service, `/Users/${a}`))[ENTERPRISE]).toMatchObject({
      manager: { value: b },
    });
    expect((await read(service, `/Users/${b}`))[ENTERPRISE]).toMatchObject({
      manager: { value: a },
    });
  });
});

describe('R-262 references that lead nowhere', () => {
  it('to a failed operation: 409; to none: invalidValue', async () => {
    const results = await bulk([
      postGroup('g', ['bulkId:failed']),
      post('failed', { userName: '' }),
      postGroup('h', ['bulkId:nobody']),
      postGroup('i', ['bulkId:']),
      postGroup('j', ['bulkId:g']),
      patch('/Users/bulkId:failed', title),
      patch('/Users/bulkId:nobody', title),
    ]);
    expect(statuses(results)).toEqual(['409', '400', '400', '400', '409', '409', '400']);
    expect(results[2]?.response).toMatchObject({ scimType: 'invalidValue' });
    expect(results[6]?.response).toMatchObject({ scimType: 'invalidValue' });
    expect(results.every(({ location }) => location === undefined || location !== '')).toBe(true);
  });
  it('a circle with a failure in it leaves nothing half made', async () => {
    const [a, b] = [
      postGroup('a', ['bulkId:b']),
      postGroup('b', ['bulkId:a'], { displayName: '' }),
    ];
    const results = await bulk([a, { ...b, data: { ...b.data, displayName: null } }]);
    expect(results[1]?.status).toBe('400');
    const filter = `displayName eq "${a.data.displayName}"`;
    const { totalResults } = await list(service, '/Groups', { filter });
    expect([results[0]?.status, totalResults]).toEqual(['409', 0]);
  });
});

it('R-263 a path may name what the request creates', async () => {
  const results = await bulk([
    patch('/Groups/bulkId:g', { op: 'add', path: 'members', value: [{ value: 'bulkId:u' }] }),
    postGroup('g', []),
    post('u'),
    patch('/Users/bulkId:u', title),
    post('gone'),
    { method: 'DELETE', path: '/Users/bulkId:gone' },
  ]);
  expect(results.map(({ status }) => status[0])).toEqual(Array(6).fill('2'));
  const [, g, u, , gone] = results.map(idOf);
  expect(memberIds(await read(service, `/Groups/${g}`))).toEqual([u]);
  expect((await read(service, `/Users/${u}`)).title).toBe('New');
  expectError(await service.request('GET', `/Users/${gone}`), 404);
  expect(results[0]?.location).toBe(results[1]?.location);
});

describe('R-264 operations that are none', () => {
  it.each<[string, unknown]>([
    ['POST without bulkId', { ...post('x'), bulkId: undefined }],
    ['an empty bulkId', post('')],
    ['method GET', { method: 'GET', path: '/Users' }],
    ['no method', { path: '/Users', bulkId: 'x', data: {} }],
    ['path /Bulk', { ...post('x'), path: '/Bulk' }],
    ['path /.search', { ...post('x'), path: '/.search' }],
    ['path /Users/.search', { ...post('x'), path: '/Users/.search' }],
    ['path /Schemas', { ...post('x'), path: '/Schemas' }],
    ['path /Me', { ...post('x'), path: '/Me' }],
    ['path /Nope', { ...post('x'), path: '/Nope' }],
    ['path /__proto__', { ...post('x'), path: '/__proto__' }],
    ['POST to a resource', { ...post('x'), path: '/Users/1' }],
    ['PUT to a type', { method: 'PUT', path: '/Users', data: { schemas: [USER], userName: 'x' } }],
    ['DELETE of a type', { method: 'DELETE', path: '/Users' }],
    ['DELETE of a type with a slash', { method: 'DELETE', path: '/Users/' }],
    ['a path too long', { method: 'DELETE', path: '/Users/1/2' }],
    ['no path', { method: 'DELETE' }],
    ['no data', { ...post('x'), data: undefined }],
    ['data null', { ...post('x'), data: null }],
    ['data as an array', { ...post('x'), data: [] }],
    ['data as a string', { ...post('x'), data: 'x' }],
  ])('%s is 400, the next one runs', async (_, operation) => {
    const results = await bulk([operation, post('next')]);
    expect(statuses(results)).toEqual(['400', '201']);
    expect(results[0]?.response).toMatchObject({ schemas: [ERROR], status: '400' });
  });
  it('a bulkId that comes twice', async () => {
    const results = await bulk([post('twice'), post('once'), post('twice')]);
    expect(results[1]?.status).toBe('201');
    expect(statuses(results).filter((status) => status === '400').length).toBeGreaterThan(0);
    expect(results[2]?.status).toBe('400');
  });
  it.each(['__proto__', 'constructor', 'toString', 'a b', 'a"]', 'bulkId:x', 'é'])(
    'bulkId %s is like any other',
    async (bulkId) => {
      const results = await bulk([postGroup('g', [`bulkId:${bulkId}`]), post(bulkId)]);
      expect(statuses(results)).toEqual(['201', '201']);
      expect(results[1]?.bulkId).toBe(bulkId);
      const { members } = await read(service, `/Groups/${idOf(results[0])}`);
      expect(members).toMatchObject([{ value: idOf(results[1]) }]);
    },
  );
});

describe('R-265 R-029 limits', () => {
  let small: Service;
  beforeAll(async () => {
    small = await startService({ BULK_MAX_OPERATIONS: '3', BULK_MAX_PAYLOAD_SIZE: '2048' });
  });
  afterAll(() => small.close());

  it('are advertised', async () => {
    const { body } = await small.request('GET', '/ServiceProviderConfig');
    expect(body).toMatchObject({
      bulk: { supported: true, maxOperations: 3, maxPayloadSize: 2048 },
    });
  });
  it('too many operations are 413, and none runs', async () => {
    const answer = await send({ Operations: ['a', 'b', 'c', 'd'].map((id) => post(id)) }, small);
    expectError(answer, 413);
    expect(answer.json<{ detail: string }>().detail).toContain('3');
    expect((await list(small, '/Users')).totalResults).toBe(0);
    expect(
      await bulk(
        ['a', 'b', 'c'].map((id) => post(id)),
        {},
        small,
      ),
    ).toHaveLength(3);
  });
  it('too many bytes are 413, and nothing runs', async () => {
    const { totalResults } = await list(small, '/Users');
    const answer = await send({ Operations: [post('a', { title: 'é'.repeat(1000) })] }, small);
    expectError(answer, 413);
    expect(answer.json<{ detail: string }>().detail).toMatch(/2[.,]?048|2 ?KiB/);
    expect((await list(small, '/Users')).totalResults).toBe(totalResults);
    const fits = await send({ Operations: [post('a', { title: 'x'.repeat(1000) })] }, small);
    expect(fits.status).toBe(200);
  });
});

it('R-266 a version that is not current is 412 for its operation', async () => {
  const made = await create(service, '/Users', { userName: name() });
  const path = `/Users/${made.id}`;
  const data = { schemas: [USER], userName: made.userName };
  const stale = 'W/"stale"';
  const results = await bulk([
    { ...patch(path, title), version: stale },
    { method: 'PUT', path, data, version: stale },
    { method: 'DELETE', path, version: stale },
    { ...patch(path, title), version: made.meta.version },
    { method: 'DELETE', path, version: made.meta.version },
  ]);
  expect(statuses(results)).toEqual(['412', '412', '412', '200', '412']);
  expect(results[0]?.response).toMatchObject({ schemas: [ERROR], status: '412' });
  expect((await read(service, path)).title).toBe('New');
});

it('R-266 If-Match of the whole request means nothing to its operations', async () => {
  const answer = await send({ Operations: [post('a')] }, service, { 'If-Match': 'W/"x"' });
  expect(answer.json<{ Operations: Result[] }>().Operations[0]?.status).toBe('201');
});

describe('R-268 the message', () => {
  it.each<[string, object]>([
    ['no schemas', { schemas: undefined, Operations: [] }],
    ['schemas of another message', { schemas: [PATCH], Operations: [] }],
    ['schemas [null]', { schemas: [null], Operations: [] }],
    ['no Operations', {}],
    ['Operations null', { Operations: null }],
    ['Operations as an object', { Operations: { method: 'DELETE' } }],
    ['Operations as a string', { Operations: 'x' }],
  ])('%s is invalidSyntax', async (_, body) => {
    expectError(await send(body), 400, 'invalidSyntax');
  });
  it.each([[[null]], [['x']], [[[]]], [[5]]])('Operations %j do no harm', async (Operations) => {
    const answer = await send({ Operations });
    if (answer.status === 200) {
      expect(answer.body).toMatchObject({ Operations: [{ status: '400' }] });
    } else expectError(answer, 400, 'invalidSyntax');
  });
});

it('R-269 a key that may only read may not write, operation by operation', async () => {
  const own = await startService({ API_KEY: 'writer', API_KEY_READ: 'reader' });
  try {
    const { id } = await create(own, '/Users', { userName: 'kept' });
    const path = `/Users/${id}`;
    const Operations = [
      post('a'),
      patch(path, title),
      { method: 'DELETE', path },
      { method: 'GET', path },
    ];
    const answer = await send({ Operations }, own, { Authorization: 'Bearer reader' });
    expect(answer.status).toBe(200);
    const results = answer.json<{ Operations: Result[] }>().Operations;
    expect(statuses(results)).toEqual(['403', '403', '403', '400']);
    expect(results[0]?.response).toMatchObject({ schemas: [ERROR], status: '403' });
    const { Resources } = await list(own, '/Users');
    expect(Resources.map(({ userName, title }) => [userName, title])).toEqual([
      ['kept', undefined],
    ]);
  } finally {
    await own.close();
  }
});

it('R-270 switched off it is 501, and advertised so', async () => {
  const own = await startService({ BULK_MAX_OPERATIONS: '0' });
  try {
    expectError(await send({ Operations: [post('a')] }, own), 501);
    expect((await list(own, '/Users')).totalResults).toBe(0);
    const { body } = await own.request('GET', '/ServiceProviderConfig');
    expect(body).toMatchObject({ bulk: { supported: false } });
  } finally {
    await own.close();
  }
});
