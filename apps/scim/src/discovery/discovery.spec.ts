import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../../test/support/service.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

describe('discovery', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ PAGE_SIZE: '7', BULK_MAX_OPERATIONS: '0' });
  });
  afterAll(() => service.close());

  const get = (path: string) => service.request('GET', path, { headers: { Authorization: null } });

  it('R-026 R-027 R-028 R-029 R-030 R-293 tells what is supported, as configured', async () => {
    const { status, body } = await get('/ServiceProviderConfig');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 0, maxPayloadSize: 10485760 },
      filter: { supported: true, maxResults: 7 },
      changePassword: { supported: true },
      sort: { supported: true },
      etag: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 7,
        maxPageSize: 7,
        cursorTimeout: 3600,
      },
      documentationUri: `${service.url}/api`,
      meta: {
        resourceType: 'ServiceProviderConfig',
        location: `${service.url}/ServiceProviderConfig`,
      },
    });
    expect(body).toMatchObject({ authenticationSchemes: [{ type: 'oauthbearertoken' }] });
  });

  it('R-031 R-032 lists resource types, and shows one', async () => {
    const body = (await get('/ResourceTypes')).json<{ Resources: { name: string }[] }>();
    expect(body).toMatchObject({ totalResults: 2, startIndex: 1, itemsPerPage: 2 });
    expect(body.Resources.map((type) => type.name).sort()).toEqual(['Group', 'User']);
    const user = (await get('/ResourceTypes/User')).body;
    expect(user).toMatchObject({
      endpoint: '/Users',
      schema: USER,
      meta: { resourceType: 'ResourceType' },
    });
    expect(user).toEqual(body.Resources.find((type) => type.name === 'User'));
  });

  it('R-033 R-034 R-035 R-045 lists schemas, and shows one in any letter case', async () => {
    const body = (await get('/Schemas')).json<{ Resources: { id: string }[] }>();
    const ids = body.Resources.map((schema) => schema.id);
    expect(ids).toContain(USER);
    expect(ids).toContain('urn:ietf:params:scim:schemas:core:2.0:Schema');
    expect(ids.filter((id) => id.startsWith('urn:ietf:params:scim:api:'))).toEqual([]);
    const upper = (await get(`/Schemas/${USER.toUpperCase()}`)).body;
    expect(upper).toMatchObject({
      id: USER,
      meta: { location: `${service.url}/Schemas/${USER}` },
    });
  });

  it('R-036 knows what it does not have', async () => {
    expect((await get('/Schemas/urn:unknown')).status).toBe(404);
    expect((await get('/ResourceTypes/Nope')).status).toBe(404);
  });

  it('R-037 cannot be filtered', async () => {
    for (const path of [
      '/Schemas',
      '/ResourceTypes',
      '/ServiceProviderConfig',
      `/Schemas/${USER}`,
    ]) {
      expect((await get(`${path}?filter=id%20pr`)).status).toBe(403);
      expect((await get(`${path}?FILTER=`)).status).toBe(403);
    }
  });

  it('R-038 ignores paging, sorting and nonsense', async () => {
    const whole = (await get('/Schemas')).text;
    expect((await get('/Schemas?startIndex=2&count=1&sortBy=id&cursor=x&count=y')).text).toBe(
      whole,
    );
  });
});
