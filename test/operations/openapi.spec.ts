import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { startService } from '../support/service.js';

interface Operation {
  readonly operationId?: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: readonly unknown[];
}
interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface Document {
  readonly openapi: string;
  readonly servers?: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { type: string }>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
  readonly security?: readonly unknown[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const ANONYMOUS = { headers: { Authorization: null, Accept: '*/*' } };

const service = describeService({ BASE_PATH: '/scim' });
let document: Document;
beforeAll(async () => {
  document = (await service.request('GET', '/api-json', ANONYMOUS)).json<Document>();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method: method.toUpperCase(), operation }];
    }),
  );

/** Paths of properties that nobody described. */
function undescribed({ properties = {}, items }: Schema, path: string): readonly string[] {
  const own = Object.entries(properties).flatMap(([name, property]) => [
    ...(property.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(property, `${path}.${name}`),
  ]);
  return items === undefined ? own : [...own, ...undescribed(items, path)];
}

describe('the OpenAPI document', () => {
  it('is there for anybody, in JSON, and as a page', async () => {
    expect(document.openapi).toMatch(/^3\./);
    const page = await service.request('GET', '/api', ANONYMOUS);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/text\/html/);
    expect(page.text).not.toContain('test-key');
  });

  it('is checked in, so that a review sees it change', async () => {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('openapi.json');
  });

  it('names every endpoint and method of the service, and no other', async () => {
    const named = operations().map(({ method, path }) => `${method} ${path}`);
    const one = (endpoint: string) =>
      ['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} ${endpoint}/{id}`);
    expect(named).toEqual(
      expect.arrayContaining([
        'GET /Users',
        'POST /Users',
        'POST /Users/.search',
        ...one('/Users'),
        'GET /Groups',
        'POST /Groups',
        'POST /Groups/.search',
        ...one('/Groups'),
        'GET /',
        'POST /.search',
        'POST /Bulk',
        'GET /Me',
        'GET /ServiceProviderConfig',
        'GET /ResourceTypes',
        'GET /ResourceTypes/{id}',
        'GET /Schemas',
        'GET /Schemas/{id}',
        'GET /health',
        'GET /livez',
        'GET /readyz',
      ]),
    );
    for (const { method, path } of operations()) {
      const answer = await service.request(method, path.replace('{id}', 'none'));
      expect(answer.status, `${method} ${path}`).not.toBe(405);
      expect(answer.text, `${method} ${path}`).not.toContain('nothing at this path');
    }
  });

  it('has an id of its own for every operation, and no reference that leads nowhere', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references)) {
      const target = reference
        .split('/')
        .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
        .reduce<unknown>(
          (value, part) => (value as Readonly<Record<string, unknown>> | undefined)?.[part],
          document,
        );
      expect(target, reference).toBeDefined();
    }
  });

  it('R-018 offers the schemes that the service asks for', async () => {
    const schemes = Object.values(document.components.securitySchemes).map(({ type }) => type);
    expect(schemes.sort()).toEqual(['apiKey', 'http']);
    for (const { method, path, operation } of operations()) {
      const isOpen = (operation.security ?? document.security ?? []).length === 0;
      const asked = await service.request(method, path.replace('{id}', 'User'), ANONYMOUS);
      expect(asked.status === 401, `${method} ${path}`).toBe(!isOpen);
    }
  });

  it('DISCOVERY_PUBLIC=false asks for a key at all but the probes', async () => {
    const closed = await startService({ DISCOVERY_PUBLIC: 'false' });
    try {
      const { paths } = (await closed.request('GET', '/api-json')).json<Document>();
      const open = Object.keys(paths).filter((path) => paths[path]?.get?.security?.length === 0);
      expect(open).toEqual(['/health', '/livez', '/readyz']);
    } finally {
      await closed.close();
    }
  });

  it('R-562 describes an error once, and every property', () => {
    const text = JSON.stringify(document);
    expect(text.match(/"description":"There is no such resource."/g)).toHaveLength(1);
    const bare = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      undescribed(schema, name),
    );
    expect(bare).toEqual([]);
  });

  it('R-562 has ids that read well', () => {
    const ids = operations().map(({ operation }) => operation.operationId ?? '');
    expect(ids).toEqual(expect.arrayContaining(['createUser', 'patchGroup', 'getSchema', 'getMe']));
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]*)*$/.test(id))).toEqual([]);
  });

  it('R-562 has no /Bulk where that is switched off, and says why /Me is 501', async () => {
    const small = await startService({ BULK_MAX_OPERATIONS: '0' });
    try {
      const { paths } = (await small.request('GET', '/api-json', ANONYMOUS)).json<Document>();
      expect(Object.keys(paths)).not.toContain('/Bulk');
      expect(Object.keys(paths)).toContain('/Users');
    } finally {
      await small.close();
    }
    expect(Object.keys(document.paths)).toContain('/Bulk');
    expect(document.tags?.find(({ name }) => name === 'Me')?.description).toMatch(
      /Keys belong to no user.*501.*OIDC_SUBJECT/,
    );
  });

  it('BASE_PATH is where its paths start', () => {
    expect(document.servers).toEqual([{ url: '/scim' }]);
  });
});
