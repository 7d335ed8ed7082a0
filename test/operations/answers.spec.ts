import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { type CheckedDocument, DocumentCheck } from '../support/document-check.js';
import { create, patchOf, USER } from '../support/scim.js';
import type { Answer, Service } from '../support/service.js';

/**
 * Every answer of the service to these and most other tests is compared with the OpenAPI document
 * (test/support/service.ts); here are those that others do not ask for, and what would be found.
 */
describe('R-561 answers are as the OpenAPI document says', () => {
  const service = describeService();
  let id: string;
  let user: Answer;
  beforeAll(async () => {
    id = (await create(service, '/Users', { userName: 'jane' })).id;
    user = await service.request('GET', `/Users/${id}`);
  });

  it.each<[status: number, what: string, ask: (service: Service, id: string) => Promise<Answer>]>([
    [
      302,
      'a browser at the root',
      (s) => s.request('GET', '/', { headers: { Accept: 'text/html' } }),
    ],
    [304, 'a version that the client has', (s, one) => ifNoneMatch(s, `/Users/${one}`)],
    [204, 'a change by a client that prefers no answer', (s, one) => changed(s, `/Users/${one}`)],
    [401, 'no key', (s) => s.request('GET', '/Users', { headers: { Authorization: null } })],
    [501, 'the own resource of a key', (s) => s.request('GET', '/Me')],
    [200, 'the features of the service', (s) => s.request('GET', '/ServiceProviderConfig')],
    [200, 'every schema', (s) => s.request('GET', '/Schemas')],
    [200, 'measures', (s) => s.request('GET', '/metrics', { headers: { Accept: '*/*' } })],
    [404, 'nobody', (s) => s.request('GET', '/Users/none')],
    [409, 'a name that is taken', (s) => s.request('POST', '/Users', { body: jane })],
    [412, 'another version', (s, one) => changed(s, `/Users/${one}`, { 'If-Match': 'W/"none"' })],
  ])('%i: %s', async (status, _what, ask) => {
    const before = service.documentCheck?.checked ?? 0;
    expect((await ask(service, id)).status).toBe(status);
    expect(service.documentCheck?.checked).toBeGreaterThan(before);
  });

  const problems = async (text: string): Promise<readonly string[]> => {
    const check = new DocumentCheck(JSON.parse(text) as CheckedDocument);
    return check.problems('GET', `/Users/${id}`, user);
  };

  it.each([
    ['a member that is not always there', '"required":["schemas","id"]', '"required":["nickName"]'],
    ['another type', '"id":{"type":"string"', '"id":{"type":"integer"'],
    ['a member that it does not name', '"userName":{', '"accountName":{'],
    ['a header that it does not name', '"ETag":{"$ref"', '"Age":{"$ref"'],
    [
      'a status that it does not name',
      '"200":{"description":"The resource."',
      '"299":{"description":""',
    ],
    ['another media type', '"application/scim+json":{"schema"', '"text/plain":{"schema"'],
  ])('a document would be found that says %s', async (_what, said, instead) => {
    const document = JSON.stringify(service.documentCheck?.document);
    expect(await problems(document)).toEqual([]);
    expect(document).toContain(said);
    expect(await problems(document.replaceAll(said, instead))).not.toEqual([]);
  });
});

const jane = { schemas: [USER], userName: 'jane' };

async function ifNoneMatch(service: Service, path: string): Promise<Answer> {
  const etag = (await service.request('GET', path)).headers.get('etag');
  return service.request('GET', path, { headers: { 'If-None-Match': etag } });
}

function changed(service: Service, path: string, headers: Record<string, string> = {}) {
  const change = patchOf({ op: 'add', path: 'nickName', value: 'J' });
  return service.request('PATCH', path, {
    ...change,
    headers: { Prefer: 'return=minimal', ...headers },
  });
}
