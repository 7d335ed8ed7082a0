import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  BULK,
  create,
  expectError,
  list,
  PATCH,
  patchOf,
  type Resource,
  read,
  SEARCH,
  USER,
} from '../support/scim.js';

/** Text that a store could not keep, or that takes long to compare, and bodies that cost too much. */
const service = describeService({ PATCH_MAX_OPERATIONS: '20', MAX_VALUE_SIZE: '2048' });
let user: Resource;
beforeAll(async () => {
  user = await create(service, '/Users', { userName: 'texts' });
});

const post = (body: string, path = '/Users') => service.request('POST', path, { body });
const userBody = (members: string) => `{"schemas":["${USER}"],"userName":"other",${members}}`;

describe('half a surrogate pair', () => {
  it.each([
    ['a value', '"displayName":"Jane \\ud83d"', 'displayName'],
    ['a reference', '"manager":{"value":"\\ud83d"}', 'manager.value'],
    ['an element', '"emails":[{"value":"x"},{"value":"\\ude00"}]', 'emails[1].value'],
    ['what is ignored', '"unknown":["\\ud83d"]', 'unknown[0]'],
  ])('R-320 in %s is refused, and the message says where', async (_what, members, where) => {
    const answer = await post(userBody(members));
    expectError(answer, 400, 'invalidValue');
    expect(answer.text).toContain(where);
  });

  it('R-320 is refused in PATCH, in bulk and in a search, before anything is done', async () => {
    const operations = '"Operations":[{"op":"add","path":"title","value":"\\ud83d"}]';
    const patch = `{"schemas":["${PATCH}"],${operations}}`;
    const path = `/Users/${user.id}`;
    expectError(await service.request('PATCH', path, { body: patch }), 400, 'invalidValue');
    const data = userBody('"title":"\\ud83d"');
    const first = `{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"first"}}`;
    const second = `{"method":"POST","path":"/Users","bulkId":"b","data":${data}}`;
    const bulk = `{"schemas":["${BULK}"],"Operations":[${first},${second}]}`;
    expectError(await post(bulk, '/Bulk'), 400, 'invalidValue');
    expect((await list(service, '/Users')).totalResults).toBe(1);
    const search = `{"schemas":["${SEARCH}"],"filter":"\\ud83d"}`;
    expectError(await post(search, '/.search'), 400, 'invalidValue');
  });
});

describe('combining marks', () => {
  const marks = `a${'\u0301'.repeat(20)}${'\u0323'.repeat(20)}`;

  it('R-328 more than 30 in a row are refused in every body and filter', async () => {
    for (const attribute of ['userName', 'nickName', 'password']) {
      const body = { schemas: [USER], userName: 'other', [attribute]: marks };
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidValue');
    }
    const filter = `nickName eq "${marks}"`;
    const get = await service.request('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    expectError(get, 400, 'invalidFilter');
    const search = { schemas: [SEARCH], filter: `nickName eq "a${'\\u0301'.repeat(31)}"` };
    expectError(await service.request('POST', '/.search', { body: search }), 400, 'invalidFilter');
  });
});

describe('limits', () => {
  it('R-325 a key that is given twice is 400', async () => {
    expectError(await post(userBody('"title":"a","title":"b"')), 400, 'invalidSyntax');
  });

  it('R-321 a longer string than MAX_VALUE_SIZE is 413 that names the limit', async () => {
    const body = { schemas: [USER], userName: 'long', title: 'é'.repeat(1025) };
    const answer = await service.request('POST', '/Users', { body });
    expectError(answer, 413);
    expect(answer.text).toMatch(/title is longer than 2048 bytes.*MAX_VALUE_SIZE/);
    const fits = { ...body, title: 'é'.repeat(1024) };
    expect((await service.request('POST', '/Users', { body: fits })).status).toBe(201);
  });

  it('R-329 more operations than PATCH_MAX_OPERATIONS are 413 that names the limit', async () => {
    const operation = { op: 'replace', path: 'title', value: 'x' };
    const path = `/Users/${user.id}`;
    const many = await service.request('PATCH', path, patchOf(...Array(21).fill(operation)));
    expectError(many, 413);
    expect(many.text).toContain('PATCH_MAX_OPERATIONS');
    expect(await read(service, path)).not.toHaveProperty('title');
    const enough = await service.request('PATCH', path, patchOf(...Array(20).fill(operation)));
    expect(enough.status).toBe(200);
  });

  it('R-330 of a search only the members that mean something are read', async () => {
    const many = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`x${i}`, i]));
    const search = (members: object) =>
      service.request('POST', '/Users/.search', { body: { schemas: [SEARCH], ...members } });
    expect((await search(many)).status).toBe(200);
    expect((await search({ x: { constructor: 1 } })).status).toBe(200);
    for (const odd of [{ constructor: 1 }, [{ constructor: 1 }]]) {
      expectError(await search({ schemas: odd }), 400, 'invalidSyntax');
      for (const name of ['filter', 'sortBy', 'count', 'attributes', 'excludedAttributes']) {
        expectError(await search({ [name]: odd }), 400, 'invalidValue');
      }
    }
    expectError(await search({ x: 'y'.repeat(2000), ...many, z: Array(40).fill(many) }), 413);
  });
});

describe('decimals', () => {
  it('R-318 what the service wrote with an exponent it reads again, also where it is ignored', async () => {
    const body = userBody('"meta":{"x":1.5e-7},"unknown":[1e3]');
    const made = await post(body.replace('other', 'exponents'));
    expect(made.status, made.text).toBe(201);
  });
});
