import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { sendRaw } from '../support/raw.js';
import {
  create,
  expectError,
  GROUP,
  list,
  PATCH,
  patchOf,
  query,
  type Resource,
  read,
  SEARCH,
  USER,
} from '../support/scim.js';
import { startService, TEST_KEY } from '../support/service.js';

/** What felled public SCIM servers, and what would. */
const service = describeService();
let user: Resource;
beforeAll(async () => {
  user = await create(service, '/Users', { userName: 'bjensen' });
});

describe('limits', () => {
  it('a body over the limit is 413 that names it, with or without a length', async () => {
    const limited = await startService({ MAX_BODY_SIZE: '2048' });
    try {
      const of = (bytes: number) => {
        const frame = JSON.stringify({ schemas: [USER], userName: `u${bytes}`, title: '' });
        return frame.replace('"title":""', `"title":"${'x'.repeat(bytes - frame.length)}"`);
      };
      expect((await limited.request('POST', '/Users', { body: of(2048) })).status).toBe(201);
      const over = await limited.request('POST', '/Users', { body: of(2049) });
      expectError(over, 413);
      expect(over.text).toMatch(/2048/);
      const head = `POST /Users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${TEST_KEY}\r\n`;
      const chunk = `${(3000).toString(16)}\r\n${of(3000)}\r\n0\r\n\r\n`;
      const chunked = await sendRaw(
        limited.url,
        `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`,
      );
      expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
      expect((await list(limited, '/Users')).totalResults).toBe(1);
    } finally {
      await limited.close();
    }
  });

  it('an unknown key is refused before its body is read', async () => {
    const answer = await sendRaw(
      service.url,
      'POST /Users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer no\r\nContent-Length: 999999\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('deep JSON is 400, wherever it stands', async () => {
    const arrays = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const objects = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    for (const deep of [arrays, objects]) {
      const bodies = [
        ['POST', '/Users', `{"userName":"deep","x":${deep}}`],
        ['PUT', `/Users/${user.id}`, `{"userName":"bjensen","emails":${deep}}`],
        [
          'PATCH',
          `/Users/${user.id}`,
          `{"schemas":["${PATCH}"],"Operations":[{"op":"add","value":${deep}}]}`,
        ],
        ['POST', '/.search', `{"schemas":["${SEARCH}"],"x":${deep}}`],
      ] as const;
      for (const [method, path, body] of bodies) {
        expectError(await service.request(method, path, { body }), 400, 'invalidSyntax');
      }
    }
  });
});

describe('hostile input', () => {
  it('schemas, Operations and members that hold null or nonsense are refused or cleaned', async () => {
    for (const schemas of [[null], [1], [{}], 5, {}]) {
      const body = { schemas, userName: 'schemas' };
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidSyntax');
    }
    for (const Operations of [[null], [1], ['add'], [[]], {}, 'x', null]) {
      const body = { schemas: [PATCH], Operations };
      const answer = await service.request('PATCH', `/Users/${user.id}`, { body });
      expectError(answer, 400, 'invalidSyntax');
    }
    for (const members of [[null], [[]], [{}], ['x'], [{ value: null }], [{ value: {} }]]) {
      const body = { schemas: [GROUP], displayName: 'hostile', members };
      const answer = await service.request('POST', '/Groups', { body });
      if (answer.status === 201) expect(answer.json<Resource>()).toMatchObject({ members: [] });
      else expectError(answer, 400, 'invalidValue');
    }
    // Nothing of it keeps others from reading.
    await list(service, '/Groups');
    await list(service, '/Users');
  });

  it('__proto__, constructor and prototype are nobody’s attributes', async () => {
    const hostile = '{"userName":"proto","__proto__":{"polluted":1},"constructor":{"a":1}}';
    const made = await service.request('POST', '/Users', { body: hostile });
    expect(made.status).toBe(201);
    expect(Object.keys(made.json<Resource>()).sort()).toEqual(
      ['active', 'id', 'meta', 'schemas', 'userName'].sort(),
    );
    const path = `/Users/${made.json<Resource>().id}`;
    for (const target of [
      '__proto__.polluted',
      'constructor.prototype.polluted',
      'name.__proto__.polluted',
      'emails[type eq "work"].__proto__',
      '__proto__[value eq "x"].polluted',
    ]) {
      for (const op of ['add', 'replace', 'remove']) {
        const operation = { op, path: target, ...(op === 'remove' ? {} : { value: 'yes' }) };
        expectError(await service.request('PATCH', path, patchOf(operation)), 400, 'invalidPath');
      }
    }
    const pathless = `{"schemas":["${PATCH}"],"Operations":[{"op":"add","value":{"__proto__":{"polluted":1},"constructor.prototype.polluted":1}}]}`;
    await service.request('PATCH', path, { body: pathless });
    for (const filter of [
      '__proto__ pr',
      '__proto__.polluted eq 1',
      'constructor pr',
      'toString eq "x"',
    ]) {
      expectError(await service.request('GET', `/Users${query({ filter })}`), 400, 'invalidFilter');
    }
    for (const parameters of [{ sortBy: '__proto__' }, { attributes: '__proto__' }]) {
      const { status } = await service.request('GET', `/Users${query(parameters)}`);
      expect([200, 400]).toContain(status);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(await read(service, path))).not.toContain('__proto__');
  });

  it('an unknown PATCH path is refused and never stored as a literal key', async () => {
    for (const path of ['nonsense', 'foo.bar', 'urn:x:y', 'name.nope', 'emails.nope']) {
      const answer = await service.request(
        'PATCH',
        `/Users/${user.id}`,
        patchOf({ op: 'add', path, value: 'x' }),
      );
      expectError(answer, 400, 'invalidPath');
    }
    expect(await read(service, `/Users/${user.id}`)).toEqual(user);
  });

  it('bare words, huge and broken filters are invalidFilter', async () => {
    for (const filter of ['test', 'userName', '"', '(((', ')', 'a eq', 'eq "x"', '\u0000', '💥']) {
      expectError(await service.request('GET', `/Users${query({ filter })}`), 400, 'invalidFilter');
    }
  });

  it('texts that are too long for a path, with NUL or lone surrogates do not fell it', async () => {
    for (const value of ['\u0000', '\ud800', `${'x'.repeat(1_000_000)}`, '../../x', 'a/b', '%2e']) {
      const body = JSON.stringify({ schemas: [USER], userName: value, externalId: value });
      const answer = await service.request('POST', '/Users', { body });
      expect(answer.status === 201 || answer.status === 400, answer.text.slice(0, 200)).toBe(true);
      if (answer.status === 201) await read(service, `/Users/${answer.json<Resource>().id}`);
      else expectError(answer, 400, 'invalidValue');
    }
    await list(service, '/Users');
  });
});
