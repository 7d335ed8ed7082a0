import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { RFC_SCHEMAS } from '../support/rfc-schemas.js';
import {
  BULK,
  create,
  ENTERPRISE,
  expectError,
  expectNoNulls,
  GROUP,
  LIST,
  type List,
  list,
  SRAM_GROUP,
  SRAM_USER,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const ENDPOINTS = ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'];

interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact?: boolean;
  readonly mutability: string;
  readonly returned: string;
  readonly uniqueness?: string;
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
}

interface Schema {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
  readonly meta: { readonly resourceType: string; readonly location: string };
}

interface ResourceType {
  readonly schemas: readonly string[];
  readonly id?: string;
  readonly name: string;
  readonly endpoint: string;
  readonly schema: string;
  readonly schemaExtensions?: readonly { readonly schema: string; readonly required: boolean }[];
  readonly meta: { readonly resourceType: string; readonly location: string };
}

const service = describeService({
  PAGE_SIZE: '3',
  BULK_MAX_OPERATIONS: '2',
  BULK_MAX_PAYLOAD_SIZE: '2048',
});

/** Discovery is read as anybody. */
const get = (path: string) => service.request('GET', path, { headers: { Authorization: null } });

async function schemas(): Promise<readonly Schema[]> {
  return (await get('/Schemas')).json<List<Schema>>().Resources;
}

async function resourceTypes(): Promise<readonly ResourceType[]> {
  return (await get('/ResourceTypes')).json<List<ResourceType>>().Resources;
}

describe('ServiceProviderConfig', () => {
  const config = async () => (await get('/ServiceProviderConfig')).json<Record<string, unknown>>();

  it('R-026 is one object', async () => {
    const answer = await get('/ServiceProviderConfig');
    expect(answer.status).toBe(200);
    const body = answer.json<Record<string, unknown>>();
    expect(body.schemas).toEqual([`${CORE}:ServiceProviderConfig`]);
    expect(body).not.toHaveProperty('Resources');
    expect(body).not.toHaveProperty('totalResults');
  });

  it('R-027 has every required attribute in its type', async () => {
    const body = await config();
    const flag = { supported: expect.any(Boolean) };
    expect(body).toMatchObject({
      patch: flag,
      bulk: {
        ...flag,
        maxOperations: expect.any(Number),
        maxPayloadSize: expect.any(Number),
      },
      filter: { ...flag, maxResults: expect.any(Number) },
      changePassword: flag,
      sort: flag,
      etag: flag,
    });
    const schemes = body.authenticationSchemes as readonly Record<string, unknown>[];
    expect(schemes.length).toBeGreaterThan(0);
    for (const { type, name, description, primary } of schemes) {
      expect(['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest']).toContain(type);
      expect(name).toEqual(expect.stringMatching(/\S/));
      expect(description).toEqual(expect.stringMatching(/\S/));
      expect([true, false, undefined]).toContain(primary);
    }
    expect(schemes.filter(({ primary }) => primary === true).length).toBeLessThanOrEqual(1);
  });

  it('R-028 tells its authentication schemes to anybody', async () => {
    const answer = await get('/ServiceProviderConfig');
    expect(answer.status).toBe(200);
    expect(answer.json<Record<string, unknown>>().authenticationSchemes).toHaveLength(1);
    // A wrong key does not make it worse.
    const wrong = { headers: { Authorization: 'Bearer wrong' } };
    expect((await service.request('GET', '/ServiceProviderConfig', wrong)).status).toBe(200);
  });

  it('R-029 its bulk limits are positive and enforced', async () => {
    expect((await config()).bulk).toEqual({
      supported: true,
      maxOperations: 2,
      maxPayloadSize: 2048,
    });
    const operation = (i: number, title = '') => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${i}`,
      data: { schemas: [USER], userName: `bulk${i}`, title },
    });
    const bulk = (Operations: readonly object[]) =>
      service.request('POST', '/Bulk', { body: { schemas: [BULK], Operations } });
    const many = await bulk([1, 2, 3].map((i) => operation(i)));
    expectError(many, 413);
    expect(many.text).toContain('2');
    const large = await bulk([operation(1, 'x'.repeat(2048))]);
    expectError(large, 413);
    expect(large.text).toContain('2048');
    expect((await list(service, '/Users')).totalResults).toBe(0);
    expect((await bulk([1, 2].map((i) => operation(i)))).status).toBe(200);
  });

  it('R-030 every flag is what the service does', async () => {
    const body = await config();
    const location = `${service.url}/ServiceProviderConfig`;
    expect(body.meta).toMatchObject({ resourceType: 'ServiceProviderConfig', location });
    expect(body).toMatchObject({
      patch: { supported: true },
      filter: { supported: true, maxResults: 3 },
      sort: { supported: true },
      etag: { supported: true },
      changePassword: { supported: true },
    });
    const names = ['c', 'a', 'd', 'b'];
    const made = [];
    for (const userName of names) made.push(await create(service, '/Users', { userName }));
    const id = made[0]?.id;
    const filter = 'userName eq "a" or userName eq "b" or userName eq "c" or userName eq "d"';
    const sorted = await list(service, '/Users', { filter, sortBy: 'userName', count: '100' });
    expect(sorted.Resources.map(({ userName }) => userName)).toEqual(['a', 'b', 'c']);
    const put = await service.request('PUT', `/Users/${id}`, {
      body: { schemas: [USER], userName: 'c', password: 'n3w-pässword' },
    });
    expect(put.status).toBe(200);
    expect(put.headers.get('etag')).toMatch(/^(W\/)?"[^"]+"$/);
    const patched = await service.request('PATCH', `/Users/${id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'add', path: 'title', value: 'x' }],
      },
    });
    expect(patched.status).toBe(200);
  });

  it('R-030 R-270 says that bulk is not supported where it is switched off', async () => {
    const off = await startService({ BULK_MAX_OPERATIONS: '0' });
    try {
      const answer = await off.request('GET', '/ServiceProviderConfig');
      expect(answer.body).toMatchObject({ bulk: { supported: false } });
      expectError(await off.request('POST', '/Bulk', { body: { schemas: [BULK] } }), 501);
    } finally {
      await off.close();
    }
  });

  it('R-293 tells about pagination, and keeps to it', async () => {
    const { pagination } = await config();
    expect(pagination).toMatchObject({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 3,
      maxPageSize: 3,
      cursorTimeout: 3600,
    });
    for (let i = 0; i < 5; i++) await create(service, '/Users', { userName: `paged${i}` });
    for (const parameters of [{}, { count: '50' }, { cursor: '' }, { cursor: '', count: '50' }]) {
      expect((await list(service, '/Users', parameters)).Resources).toHaveLength(3);
    }
  });
});

describe('ResourceTypes', () => {
  it('R-031 lists User and Group; one by its name', async () => {
    const body = (await get('/ResourceTypes')).json<List<ResourceType>>();
    expect(body.schemas).toEqual([LIST]);
    expect(body.Resources.map(({ name }) => name).sort()).toEqual(['Group', 'User']);
    expect(body.totalResults).toBe(2);
    for (const type of body.Resources) {
      const one = (await get(`/ResourceTypes/${type.name}`)).json<ResourceType>();
      expect(one).toEqual(type);
      expect(one.schemas).toEqual([`${CORE}:ResourceType`]);
      expect(one.meta).toEqual({
        resourceType: 'ResourceType',
        location: `${service.url}/ResourceTypes/${type.name}`,
      });
      expect((await fetch(one.meta.location)).status).toBe(200);
    }
  });

  it('R-032 each has an endpoint that answers and schemas that exist', async () => {
    const known = (await schemas()).map(({ id }) => id);
    for (const { name, endpoint, schema, schemaExtensions = [] } of await resourceTypes()) {
      expect(name).toMatch(/\S/);
      expect((await service.request('GET', endpoint)).status).toBe(200);
      expect(known).toContain(schema);
      for (const extension of schemaExtensions) {
        expect(known).toContain(extension.schema);
        expect(extension.required).toEqual(expect.any(Boolean));
      }
    }
  });
});

describe('Schemas', () => {
  it('R-033 lists every schema in use; each by its URN', async () => {
    const body = (await get('/Schemas')).json<List<Schema>>();
    expect(body.schemas).toEqual([LIST]);
    const ids = body.Resources.map(({ id }) => id);
    expect(body.totalResults).toBe(ids.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([USER, GROUP, ENTERPRISE, SRAM_USER, SRAM_GROUP]));
    for (const schema of body.Resources) {
      expect((await get(`/Schemas/${schema.id}`)).body).toEqual(schema);
      expect((await get(`/Schemas/${encodeURIComponent(schema.id)}`)).body).toEqual(schema);
    }
  });

  it('R-034 R-035 those of discovery too, and none of messages', async () => {
    const ids = (await schemas()).map(({ id }) => id);
    for (const name of ['ServiceProviderConfig', 'ResourceType', 'Schema']) {
      expect(ids).toContain(`${CORE}:${name}`);
    }
    for (const id of ids) expect(id.toLowerCase()).not.toMatch(/^urn:ietf:params:scim:api:/);
    expectError(await get('/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp'), 404);
  });

  it('R-036 an unknown one is 404', async () => {
    for (const path of ['/Schemas/urn:unknown', '/ResourceTypes/Nope', '/Schemas/__proto__']) {
      expectError(await get(path), 404);
    }
  });

  it('R-037 a filter is 403', async () => {
    for (const path of [...ENDPOINTS, '/ResourceTypes/User', `/Schemas/${USER}`]) {
      expectError(await get(`${path}?filter=id%20pr`), 403);
      expectError(await get(`${path}?Filter=id%20pr`), 403);
    }
  });

  it('R-038 paging and sorting are ignored', async () => {
    for (const path of ENDPOINTS) {
      const whole = (await get(path)).text;
      for (const search of ['startIndex=2&count=1&sortBy=id', 'count=0', 'count=x&cursor=y']) {
        expect((await get(`${path}?${search}`)).text).toBe(whole);
      }
    }
  });

  it('R-039 User, Group and EnterpriseUser are those of RFC 7643 with its errata', async () => {
    const table = new Map(
      (await schemas()).map(({ id, attributes }) => [id, new Map(rows(attributes))]),
    );
    for (const [id, expected] of Object.entries(RFC_SCHEMAS)) {
      const names = expected.map(([name]) => name);
      expect([...(table.get(id)?.keys() ?? [])].sort(), id).toEqual([...names].sort());
      for (const [name, characteristics] of expected) {
        expect(`${name}: ${table.get(id)?.get(name)}`).toBe(`${name}: ${characteristics}`);
      }
    }
  });

  it('R-040 R-042 every attribute states what applies, in exact keywords and without null', async () => {
    const all = await schemas();
    expectNoNulls(all);
    const walk = (attributes: readonly Attribute[], depth: number): void => {
      for (const attribute of attributes) {
        const { name, type, subAttributes } = attribute;
        const hint = `${name} ${type}`;
        expect(name, hint).toMatch(/^[$A-Za-z][\w$-]*$/);
        expect(
          ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex'],
          hint,
        ).toContain(type);
        expect(attribute.multiValued, hint).toEqual(expect.any(Boolean));
        expect(attribute.required, hint).toEqual(expect.any(Boolean));
        expect(attribute.description, hint).toMatch(/\S/);
        expect(['readOnly', 'readWrite', 'immutable', 'writeOnly']).toContain(attribute.mutability);
        expect(['always', 'never', 'default', 'request']).toContain(attribute.returned);
        if (type === 'complex') {
          expect(depth, hint).toBeLessThan(2);
          expect(subAttributes?.length, hint).toBeGreaterThan(0);
        } else {
          expect(attribute, hint).not.toHaveProperty('subAttributes');
        }
        if (type !== 'complex' && type !== 'boolean') {
          expect(['none', 'server', 'global'], hint).toContain(attribute.uniqueness);
        }
        if (['string', 'reference', 'binary'].includes(type)) {
          expect(attribute.caseExact, hint).toEqual(expect.any(Boolean));
        }
        if (type === 'reference') expect(attribute.referenceTypes?.length, hint).toBeGreaterThan(0);
        walk(subAttributes ?? [], depth + 1);
      }
    };
    for (const { id, attributes } of all) walk(attributes, id === `${CORE}:Schema` ? -1 : 0);
  });

  it('R-041 each is a resource itself', async () => {
    for (const schema of await schemas()) {
      expect(schema.schemas).toEqual([`${CORE}:Schema`]);
      expect(schema.name).toMatch(/\S/);
      expect(schema.description, schema.id).toMatch(/\S/);
      expect(schema.attributes.length).toBeGreaterThan(0);
      expect(schema.meta).toEqual({
        resourceType: 'Schema',
        location: `${service.url}/Schemas/${schema.id}`,
      });
    }
  });

  it('R-043 writes to discovery are 405, whatever the body', async () => {
    for (const path of [...ENDPOINTS, '/ResourceTypes/User', `/Schemas/${USER}`]) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await service.request(method, path, { body: 'test' });
        expectError(answer, 405);
        expect(answer.headers.get('allow')).toMatch(/\bGET\b/);
      }
    }
  });

  it('R-045 a URN in another letter case is the same', async () => {
    const expected = (await get(`/Schemas/${ENTERPRISE}`)).text;
    expect((await get(`/Schemas/${ENTERPRISE.toUpperCase()}`)).text).toBe(expected);
    expect((await get(`/Schemas/${ENTERPRISE.toLowerCase()}`)).text).toBe(expected);
  });
});

it('R-028 DISCOVERY_PUBLIC=false asks for a key on each of them', async () => {
  const closed = await startService({ DISCOVERY_PUBLIC: 'false', API_KEY_READ: 'reader' });
  try {
    for (const path of ENDPOINTS) {
      expectError(await closed.request('GET', path, { headers: { Authorization: null } }), 401);
      const headers = { Authorization: 'Bearer reader' };
      expect((await closed.request('GET', path, { headers })).status).toBe(200);
    }
  } finally {
    await closed.close();
  }
});

/** Path of an attribute, and its characteristics in one line. */
function rows(attributes: readonly Attribute[], parent = ''): [string, string][] {
  return attributes.flatMap((attribute): [string, string][] => {
    const { name, type, multiValued, required, caseExact, mutability, returned } = attribute;
    const path = `${parent}${name}`;
    const words = [
      type,
      ...(multiValued ? ['many'] : []),
      ...(required ? ['required'] : []),
      ...(caseExact === true ? ['exact'] : []),
      ...(mutability === 'readWrite' ? [] : [mutability]),
      ...(returned === 'default' ? [] : [returned]),
      ...(['none', undefined].includes(attribute.uniqueness) ? [] : [attribute.uniqueness]),
      ...(attribute.canonicalValues ?? []),
      ...(attribute.referenceTypes ?? []).map((target) => `→${target}`),
    ];
    return [[path, words.join(' ')], ...rows(attribute.subAttributes ?? [], `${path}.`)];
  });
}
