import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { create, expectError, patchOf, type Resource, read, USER } from '../support/scim.js';

/** RFC 9110 §13: both headers, on every method, with lists and `*`. */
const service = describeService();

let count = 0;
const user = () => create(service, '/Users', { userName: `conditional-${++count}` });
const pathOf = ({ id }: Resource) => `/Users/${id}`;

const WRITES = {
  PUT: ({ userName }: Resource) => ({ body: { schemas: [USER], userName, title: 'changed' } }),
  PATCH: () => patchOf({ op: 'replace', path: 'title', value: 'changed' }),
  DELETE: () => ({}),
};
const CASES = Object.entries(WRITES);

describe.each(CASES)('%s', (method, request) => {
  const send = (resource: Resource, headers: Record<string, string>) =>
    service.request(method, pathOf(resource), { ...request(resource), headers });

  it('R-316 is not done when If-None-Match names the version, in a list or by *', async () => {
    const resource = await user();
    const { version } = resource.meta;
    for (const tags of [version, `"x", ${version}`, '*']) {
      expectError(await send(resource, { 'If-None-Match': tags }), 412);
    }
    expect((await read(service, pathOf(resource))).meta.version).toBe(version);
  });

  it('R-316 is done when If-None-Match names other versions only', async () => {
    const resource = await user();
    const answer = await send(resource, { 'If-None-Match': '"x", W/"y"' });
    expect(answer.status, answer.text).toBeLessThan(300);
  });

  it('R-316 needs both headers to hold', async () => {
    const resource = await user();
    const { version } = resource.meta;
    expectError(await send(resource, { 'If-Match': version, 'If-None-Match': version }), 412);
    expectError(await send(resource, { 'If-Match': '"x"', 'If-None-Match': '"x"' }), 412);
    const both = { 'If-Match': `"x", ${version}`, 'If-None-Match': '"x"' };
    expect((await send(resource, both)).status).toBeLessThan(300);
  });
});

it('R-316 a changed member list meets If-None-Match as well', async () => {
  const member = await user();
  const group = await create(service, '/Groups', { displayName: 'conditional' });
  const add = patchOf({ op: 'add', path: 'members', value: [{ value: member.id }] });
  const path = `/Groups/${group.id}`;
  const refused = { ...add, headers: { 'If-None-Match': group.meta.version } };
  expectError(await service.request('PATCH', path, refused), 412);
  expect((await read(service, path)).members).toEqual([]);
});

describe.each(['GET', 'HEAD'])('%s', (method) => {
  it('R-316 answers 412 when If-Match names other versions, before it looks at If-None-Match', async () => {
    const resource = await user();
    const { version } = resource.meta;
    const status = async (headers: Record<string, string>) =>
      (await service.request(method, pathOf(resource), { headers })).status;
    expect(await status({ 'If-Match': '"x"' })).toBe(412);
    expect(await status({ 'If-Match': '"x"', 'If-None-Match': version })).toBe(412);
    expect(await status({ 'If-Match': `"x", ${version}` })).toBe(200);
    expect(await status({ 'If-Match': '*' })).toBe(200);
    expect(await status({ 'If-Match': '*', 'If-None-Match': `"x", ${version}` })).toBe(304);
    expect(await status({ 'If-None-Match': '*' })).toBe(304);
  });
});

it('R-511 dates are ignored, since versions and not dates tell changes apart', async () => {
  const resource = await user();
  const past = 'Thu, 01 Jan 1970 00:00:00 GMT';
  const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
  const answer = await service.request('GET', pathOf(resource), {
    headers: { 'If-Modified-Since': future },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.has('last-modified')).toBe(false);
  const change = patchOf({ op: 'replace', path: 'title', value: 'changed' });
  const headers = { 'If-Unmodified-Since': past };
  expect((await service.request('PATCH', pathOf(resource), { ...change, headers })).status).toBe(
    200,
  );
});
