import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  ENTERPRISE,
  expectError,
  LIST,
  type List,
  list,
  SEARCH,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService();
beforeAll(async () => {
  for (const name of ['ann', 'bob', 'cleo']) {
    await create(service, '/Users', {
      userName: name,
      password: 'pa$$word',
      emails: [{ value: `${name}@x.org` }],
      [ENTERPRISE]: { department: 'd' },
    });
  }
  await create(service, '/Groups', { displayName: 'bobs' });
});

const search = (body: unknown, path = '/Users/.search') =>
  service.request('POST', path, { body: { schemas: [SEARCH], ...(body as object) } });

async function found(body: object, path?: string) {
  const answer = await search(body, path);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get('location')).toBeNull();
  return answer.json<List>();
}

const names = ({ Resources }: List) => Resources.map((one) => one.userName ?? one.displayName);

describe('R-168 .search', () => {
  it('of one type, with filter, attributes and count', async () => {
    const answer = await found({
      filter: 'userName gt "ann"',
      attributes: ['userName'],
      count: 1,
    });
    expect(answer).toMatchObject({ schemas: [LIST], totalResults: 2, itemsPerPage: 1 });
    expect(answer.startIndex).toBe(1);
    expect(names(answer)).toEqual(['bob']);
    expect(Object.keys(answer.Resources[0] ?? {}).sort()).toEqual(['id', 'schemas', 'userName']);
  });
  it('of all types, at the root', async () => {
    const all = await found({}, '/.search');
    expect(names(all)).toEqual(['ann', 'bob', 'cleo', 'bobs']);
    const filter = 'meta.resourceType eq "Group" or userName eq "cleo"';
    expect(names(await found({ filter }, '/.search'))).toEqual(['cleo', 'bobs']);
  });
  it('of groups', async () => {
    const filter = 'displayName sw "b"';
    expect(names(await found({ filter }, '/Groups/.search'))).toEqual(['bobs']);
  });
  it('an empty result has its Resources', async () => {
    const none = { totalResults: 0, Resources: [], startIndex: 1, itemsPerPage: 0 };
    expect(await found({ filter: 'userName eq "none"' })).toMatchObject(none);
    expect(await found({ count: 0 })).toMatchObject({ totalResults: 3, Resources: [] });
  });
});

describe('R-169 the same query by GET and by .search', () => {
  it.each<Record<string, string | number>>([
    {},
    { filter: 'userName co "b" or emails[value sw "cleo"]' },
    { sortBy: 'userName', sortOrder: 'descending' },
    { startIndex: 2, count: 1 },
    { startIndex: 0, count: -1 },
    { startIndex: 99 },
    { attributes: `userName,${ENTERPRISE}:department` },
    { excludedAttributes: 'emails,meta' },
  ])('%j', async (parameters) => {
    const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
    const byGet = await list(service, '/Users', Object.fromEntries(texts));
    expect(await found(parameters)).toEqual(byGet);
  });
});

describe('R-170 the message has its URN', () => {
  it.each([
    [{}],
    [{ schemas: [] }],
    [{ schemas: null }],
    [{ schemas: [null] }],
    [{ schemas: SEARCH }],
    [{ schemas: [USER] }],
    [{ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'] }],
  ])('%j', async (body) => {
    for (const path of ['/Users/.search', '/Groups/.search', '/.search']) {
      expectError(await service.request('POST', path, { body }), 400, 'invalidSyntax');
    }
  });
});

describe('R-171 attributes', () => {
  const keys = ['id', 'schemas', 'emails', 'userName'].sort();
  it.each([
    [['userName', 'emails']],
    ['userName,emails'],
    [['userName,emails']],
    ['USERNAME, emails'],
  ])('%j', async (attributes) => {
    const { Resources } = await found({ attributes });
    expect(Object.keys(Resources[0] ?? {}).sort()).toEqual(keys);
  });
  it.each([[5], [{ a: 1 }], [[null]], [[['userName']]], [true]])(
    '%j is no list of names',
    async (attributes) => expectError(await search({ attributes }), 400, 'invalidValue'),
  );
});

describe('R-172 what is wrong in it', () => {
  it.each(['userName xx "a"', '(', ''])('filter %j is invalidFilter', async (filter) => {
    expectError(await search({ filter }), 400, 'invalidFilter');
    expectError(await search({ filter }, '/.search'), 400, 'invalidFilter');
  });
  it.each([
    { filter: 5 },
    { count: 'x' },
    { count: 1.5 },
    { startIndex: '1' },
    { sortBy: ['userName'] },
    { sortOrder: 1 },
    { startIndex: { $gt: 0 } },
  ])('%j is invalidValue', async (body) => expectError(await search(body), 400, 'invalidValue'));
  it.each([{ filter: null, count: null, attributes: null, sortBy: null }, { unknown: 1 }])(
    '%j is as if it were absent',
    async (body) => expect((await found(body)).totalResults).toBe(3),
  );
  it('a key named __proto__ changes nothing', async () => {
    const text = `{"schemas":["${SEARCH}"],"__proto__":{"filter":"userName eq \\"ann\\""}}`;
    const answer = await service.request('POST', '/Users/.search', { body: text });
    expect(answer.json<List>().totalResults).toBe(3);
  });
});

it('R-173 what a URI must not hold, a body may', async () => {
  const shy = await startService({ SENSITIVE_ATTRIBUTES: 'emails.value' });
  try {
    await create(shy, '/Users', { userName: 'ann', emails: [{ value: 'ann@x.org' }] });
    const filter = 'emails.value eq "ann@x.org"';
    const refused = await shy.request('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    expectError(refused, 403, 'sensitive');
    const body = { schemas: [SEARCH], filter };
    for (const path of ['/Users/.search', '/.search']) {
      const answer = await shy.request('POST', path, { body });
      expect(answer.json<List>().totalResults, path).toBe(1);
    }
  } finally {
    await shy.close();
  }
  // Of the password nothing is told; but the reason is another one.
  expectError(await search({ filter: 'password sw "p"' }), 400, 'invalidFilter');
});

describe('R-174 .search is no resource', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s', async (method) => {
    for (const path of ['/Users/.search', '/Groups/.search', '/.search']) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : { schemas: [SEARCH] };
      const answer = await service.request(method, path, { body });
      expect([404, 405], path).toContain(answer.status);
      expectError(answer, answer.status);
    }
  });
});
