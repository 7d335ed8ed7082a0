import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScimError } from '#scim';
import { readBody } from './body.js';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    readBody(request, { bytes: 10_000, setting: 'MAX_BODY_SIZE' }).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        if (!(error instanceof ScimError)) throw error;
        response.statusCode = error.status;
        response.end(JSON.stringify(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/scim+json', ...headers },
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body: answer };
}

describe('a body', () => {
  it.each([
    'application/scim+json',
    'application/scim+json; charset=utf-8',
    'application/scim+json;charset="UTF-8"',
    'Application/SCIM+JSON',
    'application/json',
    'application/json; charset=us-ascii',
  ])('R-004 R-005 may be %s', async (type) => {
    expect(await post('{"a":1}', { 'Content-Type': type })).toEqual({
      status: 200,
      body: { a: 1 },
    });
  });

  it('R-004 is read as JSON without a media type', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end('{"a":1}');
    });
    expect(status).toBe(200);
  });

  it.each([
    ['Content-Type', 'text/plain'],
    ['Content-Type', 'application/problem+json'],
    ['Content-Type', 'nonsense'],
    ['Content-Type', 'application/json; charset=utf-16'],
    ['Content-Encoding', 'gzip'],
    ['Content-Encoding', 'made-up'],
  ])('R-003 must not have the %s %s', async (name, value) => {
    const { status, body } = await post('{}', { [name]: value });
    expect(status).toBe(415);
    expect(body.status).toBe('415');
  });

  it('R-006 keeps every character', async () => {
    const text = 'Jörg 李 \u{1F600} \u0000';
    expect((await post(JSON.stringify({ text }))).body).toEqual({ text });
    expect((await post(`\uFEFF{"text":"x"}`)).body).toEqual({ text: 'x' });
  });

  it.each(['{"a":', '{"a":1', 'test', '', '{a:1}', '{"a":1}}'])(
    'R-009 is refused when it is not JSON: %s',
    async (text) => {
      const { status, body } = await post(text);
      expect(status).toBe(400);
      expect(body.scimType).toBe('invalidSyntax');
      expect(body.detail).not.toMatch(/position|Unexpected/);
    },
  );

  it.each(['[]', '"text"', '1', 'null', 'true'])(
    'R-010 is refused when it is no object: %s',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
    },
  );

  it('R-009 is refused when it is not UTF-8', async () => {
    const { status } = await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    expect(status).toBe(400);
  });

  it('R-265 over the limit is 413 that names the limit', async () => {
    const { status, body } = await post(JSON.stringify({ a: 'x'.repeat(10_000) }));
    expect(status).toBe(413);
    expect(body.detail).toContain('10000 bytes');
    expect(body.detail).toContain('MAX_BODY_SIZE');
  });

  it('may not be so deep that nothing could walk it', async () => {
    const deep = `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`;
    expect(await post(deep)).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
    const brackets = JSON.stringify({ a: `\\"${'['.repeat(2000)}` });
    expect((await post(brackets)).status).toBe(200);
  });
});
