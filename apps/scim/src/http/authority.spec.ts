import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ScimError } from '#scim';
import { originOf } from './authority.js';

/** A request as Node hands it over, with the headers as they came. */
function request(headers: readonly (readonly [string, string])[], encrypted = false) {
  return {
    rawHeaders: headers.flat(),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    socket: { encrypted, localAddress: '::1', localPort: 8000 },
  } as unknown as IncomingMessage;
}

function origin(headers: Readonly<Record<string, string>>, isTrusted = false, url = '/Users') {
  const { address, prefix } = originOf(request(Object.entries(headers)), url, isTrusted);
  return address + prefix;
}

describe('the origin of a request', () => {
  it.each([
    ['id.example', 'http://id.example'],
    ['id.example:8080', 'http://id.example:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['under_score', 'http://under_score'],
  ])('R-317 is its Host: %s', (Host, expected) => {
    expect(origin({ Host })).toBe(expected);
  });

  it('R-317 is the address it came in at where HTTP/1.0 names none', () => {
    expect(origin({})).toBe('http://[::1]:8000');
    expect(originOf(request([], true), '/', false).address).toBe('https://[::1]:8000');
  });

  it('R-317 is that of the target where the target has one', () => {
    expect(origin({ Host: 'a.example' }, false, 'http://b.example:81/Users')).toBe(
      'http://b.example:81',
    );
  });

  it.each(['', 'a b<script>', 'a/b', 'a@b', 'a:', 'a:99999', '[::1', 'a:b', '"', 'é'])(
    'R-317 is refused: Host %j',
    (Host) => {
      expect(() => origin({ Host })).toThrow(ScimError);
      expect(() => origin({ Host: 'a', 'X-Forwarded-Host': Host }, true)).toThrow(ScimError);
      expect(origin({ Host: 'a', 'X-Forwarded-Host': Host })).toBe('http://a');
    },
  );

  it('R-317 is one', () => {
    expect(() => origin({ Host: 'a,b' })).toThrow(ScimError);
    const two = request([
      ['Host', 'a'],
      ['host', 'a'],
    ]);
    expect(() => originOf(two, '/', false)).toThrow('one Host header');
  });
});

describe('what a trusted proxy forwards', () => {
  it.each([
    [{ 'X-Forwarded-Host': 'id.example, inner' }, 'http://id.example'],
    [{ 'X-Forwarded-Proto': 'HTTPS' }, 'https://inner:8000'],
    [{ 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' }, 'https://inner'],
    [{ 'X-Forwarded-Host': 'id.example', 'X-Forwarded-Port': '8443' }, 'http://id.example:8443'],
    [{ 'X-Forwarded-Host': 'id.example:1', 'X-Forwarded-Port': '2' }, 'http://id.example:1'],
    [{ 'X-Forwarded-Prefix': '/idm/' }, 'http://inner:8000/idm'],
    [{ 'X-Forwarded-Prefix': '/' }, 'http://inner:8000'],
  ])('R-317 is the origin: %j', (headers, expected) => {
    expect(origin({ Host: 'inner:8000', ...headers }, true)).toBe(expected);
    expect(origin({ Host: 'inner:8000', ...headers })).toBe('http://inner:8000');
  });

  it.each([
    ['X-Forwarded-Proto', 'javascript'],
    ['X-Forwarded-Proto', ''],
    ['X-Forwarded-Proto', 'constructor'],
    ['X-Forwarded-Host', ', www.example.org'],
    ['X-Forwarded-Port', '80;x'],
    ['X-Forwarded-Port', '70000'],
    ['X-Forwarded-Prefix', '/../x'],
    ['X-Forwarded-Prefix', '/<b>'],
  ])('R-317 is refused where it is no web address: %s: %s', (name, value) => {
    expect(() => origin({ Host: 'inner', [name]: value }, true)).toThrow(ScimError);
  });
});
