import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../test/support/service.js';

const NO_KEY = { headers: { Authorization: null } };

describe('the service', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ API_KEY: 'writer', API_KEY_READ: 'reader' });
  });
  afterAll(() => service.close());

  it('R-001 R-002 R-003 answers application/scim+json to whoever can read it', async () => {
    for (const accept of ['application/scim+json', 'application/json', '*/*']) {
      const answer = await service.request('GET', '/Schemas', { headers: { Accept: accept } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/scim+json');
    }
    const refused = await service.request('GET', '/Schemas', { headers: { Accept: 'text/html' } });
    expect(refused.status).toBe(406);
    expect(refused.headers.get('content-type')).toBe('application/scim+json');
  });

  it.each([
    ['GET', '/NoSuchType', 404],
    ['GET', '/Schemas/a/b', 404],
    ['GET', '/Schemas/%FF', 400],
    ['GET', '/Me', 501],
    ['POST', '/Schemas', 405],
    ['GET', '/v1/Schemas', 400],
  ])('R-007 R-008 R-011 renders %s %s as a SCIM error', async (method, path, status) => {
    const answer = await service.request(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
    expect(answer.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail: expect.any(String),
    });
  });

  it('R-012 R-043 tells a wrong method from an unknown path, before it looks at the body', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/Schemas', '/ResourceTypes/User/', '/serviceproviderconfig']) {
        const answer = await service.request(method, path, { body: 'test' });
        expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      }
    }
    const options = await service.request('OPTIONS', '/Schemas');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD']);
  });

  it('R-014 takes version 2 in the path, and a slash at the end', async () => {
    expect((await service.request('GET', '/v2/Schemas/')).status).toBe(200);
  });

  it('R-018 asks for a key, and names every scheme', async () => {
    const { status, headers } = await service.request('GET', '/Me', NO_KEY);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="SCIM", ApiKey realm="SCIM"');
  });

  it.each([
    { Authorization: 'Bearer writer' },
    { Authorization: 'bearer writer' },
    { Authorization: null, 'x-api-key': 'writer' },
    { Authorization: 'Basic abc', 'x-api-key': 'reader' },
  ])('R-019 knows a key in %o', async (headers) => {
    expect((await service.request('GET', '/Me', { headers })).status).toBe(501);
  });

  it.each([
    { Authorization: 'Bearer wrong' },
    { Authorization: 'Bearer ' },
    { Authorization: 'Bearer writer,reader' },
    { Authorization: 'writer' },
    { Authorization: 'Basic writer' },
    { Authorization: null, 'x-api-key': 'writer2' },
  ])('R-019 does not know the key in %o', async (headers) => {
    expect((await service.request('GET', '/Me', { headers })).status).toBe(401);
  });

  it('R-020 lets a key that may only read not write', async () => {
    const headers = { Authorization: 'Bearer reader' };
    expect((await service.request('GET', '/Me', { headers })).status).toBe(501);
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect((await service.request(method, '/Users/x', { headers })).status).toBe(403);
    }
  });

  it('R-277 has no /Me', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await service.request(method, '/Me')).status).toBe(501);
    }
  });

  it('R-024 logs neither keys nor filters', async () => {
    await service.request('GET', '/Me?filter=userName eq "findme"', {
      headers: { Authorization: 'Bearer hidden-key', 'X-Request-Id': 'my-request' },
    });
    await service.request('GET', '/Me?filter=userName eq "findme"');
    await expect.poll(() => service.log.some((line) => line.requestId === 'my-request')).toBe(true);
    const log = JSON.stringify(service.log);
    expect(log).not.toMatch(/findme|hidden-key|writer/);
    expect(log).toContain('"path":"/Me"');
    expect(log).toContain('"client":"key-1"');
  });

  it('takes over a request id that is sane, and makes one otherwise', async () => {
    const id = async (given: string) => {
      const { headers } = await service.request('GET', '/health', {
        headers: { 'X-Request-Id': given },
      });
      return headers.get('x-request-id');
    };
    expect(await id('abc-123')).toBe('abc-123');
    expect(await id('a b"c')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('x'.repeat(500))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is healthy, whatever a probe accepts, without a key', async () => {
    const answer = await service.request('GET', '/health', {
      headers: { Authorization: null, Accept: 'text/plain' },
    });
    expect([answer.status, answer.text]).toEqual([200, '{"status":"OK"}']);
  });

  it('leads browsers to the interface', async () => {
    const html = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
    const root = await service.request('GET', '/', html);
    expect([root.status, root.headers.get('location')]).toEqual([302, '/api']);
    const page = await service.request('GET', '/api', html);
    expect(page.text).toContain('swagger-ui');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.headers.get('content-security-policy')).not.toContain('upgrade-insecure');
  });

  it('says that answers are not to be kept, guessed or framed', async () => {
    const { headers } = await service.request('GET', '/Schemas');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('failed authentications', () => {
  it('R-025 are throttled, and a known key never is', async () => {
    const service = await startService({ API_KEY: 'known' });
    try {
      const headers = { Authorization: 'Bearer guess' };
      for (let i = 0; i < 20; i++) {
        expect((await service.request('GET', '/Me', { headers })).status).toBe(401);
      }
      const throttled = await service.request('GET', '/Me', { headers });
      expect(throttled.status).toBe(429);
      expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await service.request('GET', '/Me')).status).toBe(501);
      expect((await service.request('GET', '/Me', NO_KEY)).status).toBe(401);
    } finally {
      await service.close();
    }
  });
});

describe('settings', () => {
  it('BASE_PATH prefixes every endpoint; probes and the interface answer outside too', async () => {
    const service = await startService({ BASE_PATH: '/scim' });
    try {
      const root = service.url.replace('/scim', '');
      const { body } = await service.request('GET', '/ServiceProviderConfig');
      expect(body).toMatchObject({ meta: { location: `${service.url}/ServiceProviderConfig` } });
      expect((await fetch(`${root}/ServiceProviderConfig`)).status).toBe(404);
      expect((await fetch(`${root}/health`)).status).toBe(200);
      expect((await fetch(`${root}/api`)).status).toBe(200);
      expect((await service.request('GET', '/health')).status).toBe(200);
      const openapi = await service.request('GET', '/api-json');
      expect(openapi.body).toMatchObject({ servers: [{ url: '/scim' }] });
      for (const path of ['', '/']) {
        const answer = await service.request('GET', path, { headers: { Accept: 'text/html' } });
        expect(answer.headers.get('location')).toBe('/scim/api');
      }
    } finally {
      await service.close();
    }
  });

  it('DISCOVERY_PUBLIC=false asks for a key', async () => {
    const service = await startService({ DISCOVERY_PUBLIC: 'false' });
    try {
      expect((await service.request('GET', '/Schemas', NO_KEY)).status).toBe(401);
      expect((await service.request('GET', '/Schemas')).status).toBe(200);
      expect((await service.request('GET', '/health', NO_KEY)).status).toBe(200);
    } finally {
      await service.close();
    }
  });

  it('TRUST_PROXY decides whether X-Forwarded-* counts, PUBLIC_URL counts more', async () => {
    const location = async (env: Record<string, string>) => {
      const service = await startService(env);
      try {
        const answer = await service.request('GET', '/ServiceProviderConfig', {
          headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'id.example' },
        });
        return answer.json<{ meta: { location: string } }>().meta.location;
      } finally {
        await service.close();
      }
    };
    expect(await location({})).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const forwarded = 'https://id.example/ServiceProviderConfig';
    expect(await location({ TRUST_PROXY: 'true' })).toBe(forwarded);
    const stated = { TRUST_PROXY: 'true', PUBLIC_URL: 'https://public.example/x/' };
    expect(await location(stated)).toBe('https://public.example/x/ServiceProviderConfig');
    expect(await location({ META_LOCATION: 'relative' })).toBe('/ServiceProviderConfig');
  });
});
