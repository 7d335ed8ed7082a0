import { expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { create, expectError, list, patchOf, USER } from '../support/scim.js';

const service = describeService({ API_KEY_READ: 'reader' });

it('R-277 R-278 keys belong to no user: /Me is 501, never a redirect and never a resource', async () => {
  await create(service, '/Users', { userName: 'me' });
  const body = { schemas: [USER], userName: 'me2' };
  for (const [method, sent] of [
    ['GET', {}],
    ['POST', { body }],
    ['PUT', { body }],
    ['PATCH', patchOf({ op: 'add', path: 'title', value: 'x' })],
    ['DELETE', {}],
  ] as const) {
    for (const path of ['/Me', '/me', '/v2/Me', '/Me?attributes=userName']) {
      const answer = await service.request(method, path, sent);
      expectError(answer, 501);
      expect(answer.headers.get('location')).toBeNull();
    }
  }
  expect((await service.request('GET', '/Me', { headers: { Authorization: null } })).status).toBe(
    401,
  );
  expectError(await service.request('GET', '/Me/x'), 404);
  expect((await list(service, '/Users')).totalResults).toBe(1);
});
