import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  BULK,
  create,
  expectError,
  patchOf,
  query,
  type Resource,
  SEARCH,
  USER,
} from '../support/scim.js';
import { type Answer, startService } from '../support/service.js';

const SECRET = 'c0rrect-Horse';
const OTHER = 'b4ttery-Staple';

/** Everything that this file's requests were answered. */
const answers: Answer[] = [];
const service = describeService({ LOGLEVEL: 'trace', API_KEY: 'the-key-itself' });
let user: Resource;

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await service.request(method, path, body === undefined ? {} : { body });
  answers.push(answer);
  return answer;
}

beforeAll(async () => {
  user = await create(service, '/Users', { userName: 'bjensen', password: SECRET });
});

/** Every file of the store, as text. */
function stored(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('passwords', () => {
  it('R-283 are in no answer to any write or read', async () => {
    const path = `/Users/${user.id}`;
    const body = { schemas: [USER], userName: 'bjensen', password: OTHER };
    const written = [
      await ask('PUT', path, body),
      await ask(
        'PATCH',
        path,
        patchOf({ op: 'replace', path: 'password', value: SECRET }).body as object,
      ),
      await ask('PATCH', path, patchOf({ op: 'add', value: { password: OTHER } }).body as object),
      await ask('PUT', `${path}?attributes=password`, body),
      await ask('POST', '/Users?attributes=password', { ...body, userName: 'second' }),
      await ask('POST', '/Bulk', {
        schemas: [BULK],
        Operations: [
          { method: 'POST', path: '/Users', bulkId: 'a', data: { ...body, userName: 'third' } },
          { method: 'POST', path: '/Users', bulkId: 'b', data: { ...body, userName: 'THIRD' } },
          { method: 'PUT', path, data: { ...body, active: 'maybe' } },
        ],
      }),
      await ask('GET', path),
      await ask('GET', `${path}?attributes=password,userName`),
      await ask('GET', '/Users'),
      await ask('GET', '/Users?attributes=password'),
      await ask('GET', '/?attributes=password'),
      await ask('POST', '/Users/.search', { schemas: [SEARCH], attributes: ['password'] }),
    ];
    for (const { status } of written) expect([200, 201]).toContain(status);
    for (const { text } of written) expect(text).not.toMatch(/c0rrect|b4ttery|"password"/i);
  });

  it('R-283 are in no error', async () => {
    const path = `/Users/${user.id}`;
    const refused = [
      await ask('POST', '/Users', { schemas: [USER], userName: 'bjensen', password: SECRET }),
      await ask('POST', '/Users', { schemas: [USER], password: SECRET }),
      await ask('POST', '/Users', { schemas: [USER], userName: 'x', password: [SECRET] }),
      await ask('POST', '/Users', { schemas: [USER], userName: 'x', password: { value: SECRET } }),
      await ask('POST', '/Users', { schemas: [USER], userName: 'x', active: SECRET }),
      await ask(
        'PATCH',
        path,
        patchOf({ op: 'add', path: 'password', value: [SECRET] }).body as object,
      ),
      await ask(
        'PATCH',
        path,
        patchOf({ op: 'remove', path: `password[value eq "${SECRET}"]` }).body as object,
      ),
    ];
    for (const answer of refused) {
      expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain(SECRET);
    }
  });

  it('R-283 cannot be found out by filters or sorting', async () => {
    for (const filter of [
      'password pr',
      `password eq "${OTHER}"`,
      'password sw "b"',
      'not (password pr)',
    ]) {
      expectError(await ask('GET', `/Users${query({ filter })}`), 403, 'sensitive');
      const search = await ask('POST', '/Users/.search', { schemas: [SEARCH], filter });
      if (filter.includes(' eq ') && search.status === 200) {
        expect(search.text).not.toContain(OTHER);
        continue;
      }
      expectError(search, 400, 'invalidFilter');
    }
    const sortBy = 'password';
    expectError(await ask('GET', '/Users?sortBy=password'), 400, 'invalidValue');
    expectError(
      await ask('POST', '/Users/.search', { schemas: [SEARCH], sortBy }),
      400,
      'invalidValue',
    );
  });

  it('R-282 are kept as salted hashes: not readable, and different for the same password', async () => {
    for (const userName of ['same1', 'same2']) {
      await create(service, '/Users', { userName, password: SECRET });
    }
    const text = stored(service.dataPath);
    for (const secret of [SECRET, OTHER]) {
      const encoded = ['hex', 'base64', 'base64url'] as const;
      const forms = [secret, ...encoded.map((form) => Buffer.from(secret).toString(form))];
      for (const form of forms) expect(text.includes(form), form).toBe(false);
    }
    const hashes = [...text.matchAll(/"password":\s*"([^"]+)"/g)].map(([, hash]) => hash);
    expect(hashes.length).toBeGreaterThanOrEqual(4);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('R-283 their hashes are in no answer either', () => {
    const hashes = [...stored(service.dataPath).matchAll(/"password":\s*"([^"]+)"/g)].map(
      ([, hash]) => hash ?? '',
    );
    expect(hashes.length).toBeGreaterThan(0);
    for (const { text } of answers) {
      for (const hash of hashes) expect(text).not.toContain(hash);
    }
  });
});

describe('the log', () => {
  it('R-024 has neither keys, passwords nor filters, at its most talkative', async () => {
    const filter = 'userName eq "private-name" or emails.value eq "private@example.org"';
    await ask('GET', `/Users${query({ filter })}`);
    await ask('GET', `/Users${query({ filter: `${filter} nonsense` })}`);
    await ask('POST', '/.search', { schemas: [SEARCH], filter });
    for (const headers of [
      { Authorization: 'Bearer wrong-key-private' },
      { Authorization: 'Basic cHJpdmF0ZTpwcml2YXRl' },
      { Authorization: null, 'X-API-Key': 'wrong-key-private' },
    ]) {
      await service.request('GET', '/Users', { headers });
    }
    await service.request('POST', '/Users', { body: `{"password":"${SECRET}","userName":` });
    await service.request('GET', '/nowhere?filter=private-name');
    const requests = () => service.log.filter(({ path }) => path === '/nowhere');
    await expect.poll(() => requests().length).toBe(1);
    const log = JSON.stringify(service.log);
    expect(log).not.toMatch(/private|cHJpdm|the-key-itself|"authorization"/i);
    expect(log).not.toMatch(/c0rrect|b4ttery|bjensen/);
    expect(service.log.length).toBeGreaterThan(10);
  });

  it('R-024 says who asked for what, and how it ended', async () => {
    const headers = { 'X-Request-Id': 'traced-1' };
    await service.request('GET', `/Users/${user.id}`, { headers });
    await expect
      .poll(() => service.log.find(({ requestId }) => requestId === 'traced-1'))
      .toMatchObject({ method: 'GET', path: `/Users/${user.id}`, status: 200, client: 'key-1' });
  });
});

describe('SENSITIVE_ATTRIBUTES', () => {
  it('R-146 names what no URI may filter by; a search by POST may', async () => {
    const careful = await startService({ SENSITIVE_ATTRIBUTES: 'emails,userName' });
    try {
      await create(careful, '/Users', { userName: 'x', emails: [{ value: 'a@b.org' }] });
      for (const filter of ['emails.value eq "a@b.org"', 'emails[value sw "a"]', 'USERNAME pr']) {
        expectError(await careful.request('GET', `/Users${query({ filter })}`), 403, 'sensitive');
        const body = { schemas: [SEARCH], filter };
        const search = await careful.request('POST', '/Users/.search', { body });
        expect(search.body).toMatchObject({ totalResults: 1 });
      }
    } finally {
      await careful.close();
    }
  });
});
