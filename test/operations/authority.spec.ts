import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { sendRaw } from '../support/raw.js';
import { TEST_KEY } from '../support/service.js';

const service = describeService({ TRUST_PROXY: 'true', BASE_PATH: '/scim' });

const raw = (version: string, ...headers: readonly string[]) =>
  sendRaw(
    service.url,
    [
      `GET /scim/ServiceProviderConfig HTTP/${version}`,
      ...headers,
      `Authorization: Bearer ${TEST_KEY}`,
      'Connection: close',
      '',
      '',
    ].join('\r\n'),
  );

describe('addresses in answers', () => {
  it('R-317 hold the address of the socket where HTTP/1.0 names no host', async () => {
    const { host } = new URL(service.url);
    const answer = await raw('1.0');
    expect(answer).toContain(' 200 ');
    expect(answer).toContain(`http://${host}/scim/ServiceProviderConfig`);
  });

  it.each([
    ['none', []],
    ['empty', ['Host:']],
    ['two', ['Host: a.example', 'Host: b.example']],
    ['no host', ['Host: a b<script>']],
    ['forwarded as a list that begins with none', ['Host: a', 'X-Forwarded-Host: , b.example']],
    ['forwarded with another scheme', ['Host: a', 'X-Forwarded-Proto: javascript']],
  ])('R-317 a request of HTTP/1.1 whose authority is %s is 400', async (_what, headers) => {
    const answer = await raw('1.1', ...headers);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/undefined|<script>|javascript/);
  });

  it('R-317 follow what the proxy says of host, scheme, port and prefix', async () => {
    const answer = await raw(
      '1.1',
      'Host: inner',
      'X-Forwarded-Host: id.example',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 8443',
      'X-Forwarded-Prefix: /idm',
    );
    expect(answer).toContain('"https://id.example:8443/idm/scim/ServiceProviderConfig"');
  });
});
