import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, capabilities } from '#backend';
import { describeService } from '../support/describe-service.js';
import { sendRaw } from '../support/raw.js';
import {
  create,
  ERROR,
  expectError,
  type List,
  list,
  PATCH,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { type Answer, startService, TEST_KEY } from '../support/service.js';

const SCIM = 'application/scim+json';

const service = describeService();
let user: Resource;
beforeAll(async () => {
  user = await create(service, '/Users', { userName: 'bjensen' });
});

/** A request that fetch would not send: what is left out stays out. */
function raw(method: string, path: string, headers: readonly string[] = [], body = '') {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Authorization: Bearer ${TEST_KEY}`,
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers,
  ];
  return sendRaw(service.url, `${lines.join('\r\n')}\r\n\r\n${body}`);
}

const post = (userName: string, contentType: string) =>
  service.request('POST', '/Users', {
    body: { schemas: [USER], userName },
    headers: { 'Content-Type': contentType },
  });

describe('media types', () => {
  it('R-001 GET answers application/scim+json to application/scim+json, */* and no Accept', async () => {
    for (const accept of [SCIM, '*/*', 'application/*', `text/html;q=0.2, ${SCIM};q=0.9`]) {
      const answer = await service.request('GET', '/Users', { headers: { Accept: accept } });
      expect(answer.status, accept).toBe(200);
      expect(answer.headers.get('content-type'), accept).toBe(SCIM);
    }
    const answer = await raw('GET', '/Users');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain(`content-type: ${SCIM}`);
  });

  it('R-002 GET with Accept application/json answers JSON', async () => {
    const answer = await service.request('GET', `/Users/${user.id}`, {
      headers: { Accept: 'application/json' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/(scim\+)?json/);
    expect(answer.json<Resource>().id).toBe(user.id);
  });

  it('R-003 text/html alone is 406, a text/plain body is 415', async () => {
    const headers = { Accept: 'text/html' };
    expectError(await service.request('GET', '/Users', { headers }), 406);
    expectError(
      await service.request('POST', '/Users', { headers, body: { userName: 'html' } }),
      406,
    );
    expectError(await post('plain', 'text/plain'), 415);
    const { totalResults } = await list(service, '/Users', {
      filter: 'userName eq "html" or userName eq "plain"',
    });
    expect(totalResults).toBe(0);
  });

  it('R-004 POST takes application/scim+json with charset=utf-8, in any spelling', async () => {
    for (const [i, type] of [
      'application/scim+json; charset=utf-8',
      'application/scim+json;charset=UTF-8',
      'Application/SCIM+JSON; Charset="utf-8"',
    ].entries()) {
      expect((await post(`charset${i}`, type)).status, type).toBe(201);
    }
  });

  it('R-005 POST takes application/json', async () => {
    expect((await post('json', 'application/json')).status).toBe(201);
  });

  it('R-006 keeps every character, raw or escaped', async () => {
    const text = 'Jörg 李 \u{1F600} e\u0301 \u202E "\\/\b\n';
    const body = JSON.stringify({ schemas: [USER], userName: 'joerg', displayName: text });
    const escaped = body
      .replace('joerg', 'joerg2')
      .replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (const sent of [body, escaped]) {
      const answer = await service.request('POST', '/Users', { body: sent });
      expect(answer.status).toBe(201);
      const { id } = answer.json<Resource>();
      expect((await read(service, `/Users/${id}`)).displayName).toBe(text);
    }
  });

  it('refuses charsets and encodings that it does not read', async () => {
    for (const type of ['application/scim+json; charset=utf-16', 'application/xml', 'nonsense']) {
      expectError(await post('other', type), 415);
    }
    for (const encoding of ['gzip', 'br', 'nonsense']) {
      const answer = await service.request('POST', '/Users', {
        body: { userName: 'zipped' },
        headers: { 'Content-Encoding': encoding },
      });
      expectError(answer, 415);
    }
  });
});

describe('errors', () => {
  it('R-007 R-008 every error is a SCIM error with its status as a string', async () => {
    const path = `/Users/${user.id}`;
    const duplicate = { body: { schemas: [USER], userName: 'bjensen' } };
    const cases: readonly (readonly [Promise<Answer>, number, string?])[] = [
      [service.request('GET', '/Users?filter=x'), 400, 'invalidFilter'],
      [service.request('POST', '/Users', { body: {} }), 400, 'invalidValue'],
      [service.request('PATCH', path, { body: {} }), 400, 'invalidSyntax'],
      [service.request('PATCH', path, patchOf({ op: 'remove' })), 400, 'noTarget'],
      [service.request('PATCH', path, patchOf({ op: 'remove', path: 'a[' })), 400, 'invalidPath'],
      [service.request('PATCH', path, patchOf({ op: 'remove', path: 'id' })), 400, 'mutability'],
      [service.request('GET', '/Users?cursor=forged'), 400, 'invalidCursor'],
      [service.request('GET', '/Users', { headers: { Authorization: null } }), 401],
      [service.request('GET', '/Schemas?filter=id+pr'), 403],
      [service.request('GET', '/Users?filter=password+pr'), 403, 'sensitive'],
      [service.request('GET', '/Users/nonexistent'), 404],
      [service.request('DELETE', '/Users'), 405],
      [service.request('GET', '/Users', { headers: { Accept: 'image/png' } }), 406],
      [service.request('POST', '/Users', duplicate), 409, 'uniqueness'],
      [service.request('DELETE', path, { headers: { 'If-Match': 'W/"old"' } }), 412],
      [service.request('POST', '/Users', { body: 'x', headers: { 'Content-Type': 'a/b' } }), 415],
      [service.request('GET', '/Me'), 501],
    ];
    for (const [answer, status, scimType] of cases) expectError(await answer, status, scimType);
  });

  it('R-007 R-008 so are answers to what is not even HTTP, and to headers without end', async () => {
    for (const [text, status] of [
      ['NONSENSE\r\n\r\n', '400'],
      ['GET /Users HTTP/9.9\r\n\r\n', '400'],
      ['POST /Users HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', '400'],
      [`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, '431'],
    ] as const) {
      const answer = await sendRaw(service.url, text);
      expect(answer.slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
      expect(answer.toLowerCase()).toContain(`content-type: ${SCIM}`);
      const body: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect(body).toMatchObject({ schemas: [ERROR], status });
    }
  });

  it('R-009 JSON that ends too early is invalidSyntax', async () => {
    for (const body of ['{"userName":"x"', '{"userName":', '{', '', ' ', '{"a":1}}', "{'a':1}"]) {
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidSyntax');
    }
  });

  it('R-009 a client that breaks off harms nobody', async () => {
    const head = `POST /Users HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TEST_KEY}\r\n`;
    const body = '{"userName":"half"';
    await sendRaw(service.url, `${head}Content-Length: 500\r\n\r\n${body}`, true);
    await sendRaw(service.url, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"use`, true);
    expect((await list(service, '/Users', { filter: 'userName eq "half"' })).totalResults).toBe(0);
  });

  it('R-010 arrays, scalars, and one key in two letter cases are invalidSyntax', async () => {
    const bodies = ['[]', '[{"userName":"x"}]', '"x"', '1', 'null', 'true'];
    for (const body of [...bodies, '{"userName":"twice","USERNAME":"twice2"}']) {
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidSyntax');
      expectError(
        await service.request('PUT', `/Users/${user.id}`, { body }),
        400,
        'invalidSyntax',
      );
    }
    for (const body of bodies) {
      for (const [method, path] of [
        ['PATCH', `/Users/${user.id}`],
        ['POST', '/Bulk'],
        ['POST', '/Users/.search'],
      ] as const) {
        expectError(await service.request(method, path, { body }), 400, 'invalidSyntax');
      }
    }
  });

  it('R-011 unknown resources and unknown paths are 404', async () => {
    for (const path of [
      '/Users/nonexistent',
      '/NoSuchType',
      '/NoSuchType/1',
      '/Users/1/2',
      `/Groups/${user.id}`,
      '/Users/%2e%2e%2fUsers',
      '/Users/..%2f..%2fetc%2fpasswd',
      '/Users/__proto__',
      '/Users/constructor',
      '/Users/%00',
      `/Users/${'x'.repeat(5000)}`,
    ]) {
      expectError(await service.request('GET', path), 404);
    }
  });

  it('R-012 a method that a path does not have is 405 with Allow', async () => {
    const one = `/Users/${user.id}`;
    for (const [method, path, allowed] of [
      ['PUT', '/Users', ['GET', 'POST']],
      ['DELETE', '/Users', ['GET', 'POST']],
      ['PATCH', '/Users', ['GET', 'POST']],
      ['POST', one, ['GET', 'PUT', 'PATCH', 'DELETE']],
      ['GET', '/Bulk', ['POST']],
      ['PUT', '/Schemas', ['GET']],
    ] as const) {
      const answer = await service.request(method, path);
      expectError(answer, 405);
      const allow = (answer.headers.get('allow') ?? '').split(', ');
      expect(allow, `${method} ${path}`).toEqual(expect.arrayContaining([...allowed]));
      expect(allow).not.toContain(method);
    }
  });

  it('R-015 an unforeseen failure is 500 and tells nothing of it', async () => {
    const secret = 'select details from "Users" at /srv/app/store.js:12:3';
    const fail = (): never => {
      throw new TypeError(secret);
    };
    const store = { scan: fail, get: fail, put: fail, delete: fail };
    const backend: Backend = {
      supports: capabilities(),
      close: async () => undefined,
      ping: async () => undefined,
      store: () => store,
    };
    const broken = await startService({}, async () => backend);
    try {
      for (const [method, path, body] of [
        ['GET', '/Users', undefined],
        ['GET', '/Users/1', undefined],
        ['POST', '/Users', { schemas: [USER], userName: 'x' }],
        ['PATCH', '/Users/1', { schemas: [PATCH], Operations: [{ op: 'add', value: {} }] }],
        ['DELETE', '/Users/1', undefined],
      ] as const) {
        const answer = await broken.request(method, path, { body });
        expectError(answer, 500);
        expect(answer.text).not.toMatch(/select|srv|TypeError/);
      }
      // The operator finds it in the log.
      expect(JSON.stringify(broken.log)).toContain('select details');
    } finally {
      await broken.close();
    }
  });
});

describe('URLs', () => {
  it('R-013 ignores parameters that it does not know', async () => {
    for (const search of ['?foo=bar', '?foo', '?foo=1&foo=2', '?__proto__=x', '?&&', '?=']) {
      expect((await service.request('GET', `/Users${search}`)).status, search).toBe(200);
      expect((await service.request('GET', `/Users/${user.id}${search}`)).status).toBe(200);
    }
  });

  it('R-014 serves /v2 and refuses /v1', async () => {
    const body = { schemas: [USER], userName: 'version2' };
    const made = await service.request('POST', '/v2/Users', { body });
    expect(made.status).toBe(201);
    const { id } = made.json<Resource>();
    expect((await read(service, `/v2/Users/${id}`)).id).toBe(id);
    expect((await read(service, `/Users/${id}`)).id).toBe(id);
    for (const path of ['/v1/Users', `/v1/Users/${id}`, '/v3/Schemas', '/v1', '/v20/Users']) {
      expectError(await service.request('GET', path), 400, 'invalidVers');
    }
    expectError(
      await service.request('POST', '/v1/Users', { body: { schemas: [USER], userName: 'v1' } }),
      400,
      'invalidVers',
    );
  });

  it('R-014 BASE_PATH and the version go together', async () => {
    const based = await startService({ BASE_PATH: '/scim' });
    try {
      const made = await create(based, '/Users', { userName: 'based' });
      expect(made.meta.location).toBe(`${based.url}/Users/${made.id}`);
      expect((await read(based, `/v2/Users/${made.id}`)).id).toBe(made.id);
      expectError(await based.request('GET', '/v1/Users'), 400, 'invalidVers');
      const { origin } = new URL(based.url);
      for (const path of ['/Users', '/v2/Users', '/scimUsers', '/scim2/Users']) {
        const headers = { Authorization: `Bearer ${TEST_KEY}` };
        expect((await fetch(origin + path, { headers })).status, path).toBe(404);
      }
    } finally {
      await based.close();
    }
  });

  it('R-016 decodes a filter exactly once', async () => {
    await create(service, '/Users', { userName: 'O Malley "x" & co' });
    await create(service, '/Users', { userName: 'a%20b' });
    const found = async (encoded: string) => {
      const answer = await service.request('GET', `/Users?filter=${encoded}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.json<List>().Resources.map(({ userName }) => userName);
    };
    const all = (text: string) =>
      [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    expect(await found(all('userName eq "O Malley \\"x\\" & co"'))).toEqual(['O Malley "x" & co']);
    expect(await found('userName%20eq%20%22a%2520b%22')).toEqual(['a%20b']);
    expect(await found('userName%20eq%20%22a%20b%22')).toEqual([]);
    expect(await found('userName+eq+%22bjensen%22')).toEqual(['bjensen']);
    for (const broken of ['%', '%zz', '%ff', '%c3%28']) {
      expectError(await service.request('GET', `/Users?filter=${broken}`), 400, 'invalidSyntax');
    }
  });

  it('R-017 a literal + in a quoted string is a plus', async () => {
    await create(service, '/Users', { userName: 'a+b@x.org' });
    for (const search of [
      'userName%20eq%20"a+b@x.org"',

      'userName+eq+%22a%2Bb@x.org%22',
    ]) {
      // As it is: URL objects would encode the quotation marks.
      const answer = await raw('GET', `/Users?filter=${search}`);
      expect(answer, search).toContain('"userName":"a+b@x.org"');
      expect(answer, search).toContain('"totalResults":1');
    }
  });

  it('takes a slash at the end and parameters in any letter case, as Entra sends them', async () => {
    const answer = await service.request('GET', '/Users/?startindex=1&COUNT=1');
    expect(answer.json<List>()).toMatchObject({ startIndex: 1, itemsPerPage: 1 });
    expect((await service.request('GET', `/Users/${user.id}/`)).status).toBe(200);
  });
});

describe('HEAD and OPTIONS', () => {
  it('HEAD answers as GET does, without the body', async () => {
    for (const path of [`/Users/${user.id}`, '/Schemas', '/Users?count=1', '/Users/none']) {
      const get = await service.request('GET', path);
      const head = await service.request('HEAD', path);
      expect([head.status, head.text]).toEqual([get.status, '']);
      for (const name of ['content-type', 'content-length', 'etag', 'location']) {
        expect(head.headers.get(name), `${path} ${name}`).toBe(get.headers.get(name));
      }
    }
    const anonymous = { headers: { Authorization: null } };
    expect((await service.request('HEAD', '/Users', anonymous)).status).toBe(401);
  });

  it('OPTIONS tells the methods', async () => {
    const users = await service.request('OPTIONS', '/Users');
    expect([users.status, users.text]).toEqual([204, '']);
    expect(users.headers.get('allow')).toBe('GET, HEAD, POST');
    expectError(await service.request('OPTIONS', '/NoSuchType'), 404);
  });
});
