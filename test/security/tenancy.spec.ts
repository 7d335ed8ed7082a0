import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  BULK,
  create,
  ENTERPRISE,
  expectError,
  type List,
  list,
  patchOf,
  query,
  type Resource,
  read,
  SEARCH,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const as = (key: string) => ({ Authorization: `Bearer ${key}` });
const ACME = as('acme-key');
const BETA = as('beta-key');
const DEFAULT = as('default-key');

const service = describeService({
  API_KEY: 'default-key',
  TENANTS: JSON.stringify({
    acme: { keys: ['acme-key'], readKeys: ['acme-reader'] },
    beta: { keys: ['beta-key', 'beta-2'] },
  }),
});
let mine: Resource;
let staff: Resource;
beforeAll(async () => {
  const body = { userName: 'bjensen', externalId: 'ext-1', displayName: 'Acme only' };
  mine = await create(service, '/Users', body, ACME);
  const members = [{ value: mine.id }];
  staff = await create(service, '/Groups', { displayName: 'acme staff', members }, ACME);
});

describe('another tenant', () => {
  it('R-023 R-279 does not find what is not its own, by any method', async () => {
    for (const headers of [BETA, DEFAULT]) {
      for (const path of [`/Users/${mine.id}`, `/Groups/${staff.id}`]) {
        const body = { userName: 'x', displayName: 'x' };
        for (const answer of [
          await service.request('GET', path, { headers }),
          await service.request('PUT', path, { headers, body }),
          await service.request('PATCH', path, {
            headers,
            ...patchOf({ op: 'add', path: 'displayName', value: 'stolen' }),
          }),
          await service.request('DELETE', path, { headers }),
          await service.request('DELETE', path, { headers: { ...headers, 'If-Match': '*' } }),
        ]) {
          expectError(answer, 404);
          expect(answer.text).not.toMatch(/bjensen|acme/i);
        }
        const cached = { ...headers, 'If-None-Match': mine.meta.version };
        expectError(await service.request('GET', path, { headers: cached }), 404);
      }
    }
    expect(await read(service, `/Users/${mine.id}`, ACME)).toMatchObject({
      displayName: 'Acme only',
    });
  });

  it('R-023 R-279 its lists, filters and searches never cross, totals included', async () => {
    for (const headers of [BETA, DEFAULT]) {
      for (const filter of [
        `id eq "${mine.id}"`,
        'userName eq "bjensen"',
        'externalId eq "ext-1"',
        'displayName co "acme"',
        `members.value eq "${mine.id}"`,
        `groups.value eq "${staff.id}"`,
        'id pr',
      ]) {
        const root = await list(service, '/', { filter }, headers);
        expect([filter, root.totalResults]).toEqual([filter, 0]);
        const search = await service.request('POST', '/.search', {
          headers,
          body: { schemas: [SEARCH], filter },
        });
        expect(search.json<List>().totalResults).toBe(0);
      }
      for (const path of ['/', '/Users', '/Groups']) {
        expect((await list(service, path, {}, headers)).totalResults).toBe(0);
      }
    }
    expect((await list(service, '/', {}, ACME)).totalResults).toBe(2);
    expect((await list(service, '/', {}, as('acme-reader'))).totalResults).toBe(2);
  });

  it('R-279 its references cannot name what is not its own', async () => {
    const body = { displayName: 'spies', members: [{ value: mine.id }] };
    expectError(
      await service.request('POST', '/Groups', { headers: BETA, body }),
      400,
      'invalidValue',
    );
    const group = await create(service, '/Groups', { displayName: 'beta' }, BETA);
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: mine.id }] });
    const path = `/Groups/${group.id}`;
    expectError(
      await service.request('PATCH', path, { headers: BETA, ...add }),
      400,
      'invalidValue',
    );
    expect(await read(service, path, BETA)).toMatchObject({ members: [] });
    const manager = { schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager: { value: mine.id } } };
    const answer = await service.request('POST', '/Users', {
      headers: BETA,
      body: { ...manager, userName: 'managed' },
    });
    expect(answer.text).not.toMatch(/Acme only|bjensen/);
    await service.request('DELETE', path, { headers: BETA });
    if (answer.status === 201) {
      const { id } = answer.json<Resource>();
      await service.request('DELETE', `/Users/${id}`, { headers: BETA });
    }
  });

  it('R-279 its bulk requests do not cross', async () => {
    const data = { schemas: [USER], userName: 'bulk' };
    const body = {
      schemas: [BULK],
      Operations: [
        { method: 'DELETE', path: `/Users/${mine.id}` },
        { method: 'PUT', path: `/Users/${mine.id}`, data },
        {
          method: 'PATCH',
          path: `/Users/${mine.id}`,
          data: patchOf({ op: 'add', value: {} }).body,
        },
      ],
    };
    const answer = await service.request('POST', '/Bulk', { headers: BETA, body });
    const { Operations } = answer.json<{ Operations: readonly { status: string }[] }>();
    expect(Operations.map(({ status }) => status)).toEqual(['404', '404', '404']);
    expect((await read(service, `/Users/${mine.id}`, ACME)).userName).toBe('bjensen');
  });

  it('R-279 R-294 its cursors do not cross', async () => {
    await create(service, '/Users', { userName: 'second' }, ACME);
    const page = await list(service, '/Users', { cursor: '', count: '1' }, ACME);
    const next = query({ cursor: page.nextCursor ?? '', count: '1' });
    for (const headers of [BETA, DEFAULT]) {
      const answer = await service.request('GET', `/Users${next}`, { headers });
      expectError(answer, 400, 'invalidCursor');
    }
    expect((await service.request('GET', `/Users${next}`, { headers: ACME })).status).toBe(200);
  });

  it('R-280 R-281 may use the same userName and externalId, and does not see the other’s', async () => {
    const body = { userName: 'bjensen', externalId: 'ext-1' };
    for (const headers of [BETA, DEFAULT]) {
      const made = await create(service, '/Users', body, headers);
      expect(made.id).not.toBe(mine.id);
      const found = await list(service, '/Users', { filter: 'externalId eq "ext-1"' }, headers);
      expect(found.Resources.map(({ id }) => id)).toEqual([made.id]);
      const again = await service.request('POST', '/Users', { body, headers });
      expectError(again, 409, 'uniqueness');
    }
    // One that keeps an externalId of its own for the same person tells nobody else.
    const other = await create(service, '/Users', { userName: 'x', externalId: 'beta-x' }, BETA);
    expect(other.externalId).toBe('beta-x');
    const seen = await service.request('GET', '/', { headers: ACME });
    expect(seen.text).not.toContain('beta-x');
  });
});

describe('a tenant', () => {
  it('R-279 has several keys, and keys that only read', async () => {
    const made = await create(service, '/Users', { userName: 'shared' }, BETA);
    expect((await read(service, `/Users/${made.id}`, as('beta-2'))).id).toBe(made.id);
    const body = { schemas: [USER], userName: 'reader' };
    const refused = await service.request('POST', '/Users', { headers: as('acme-reader'), body });
    expectError(refused, 403);
    expectError(
      await service.request('GET', `/Users/${made.id}`, { headers: as('acme-reader') }),
      404,
    );
  });

  it('R-279 keeps its data in a folder of its own', () => {
    for (const tenant of ['acme', 'beta']) {
      const folder = join(service.dataPath, 'tenants', tenant, 'Users');
      expect(existsSync(join(folder, mine.id))).toBe(tenant === 'acme');
    }
    expect(existsSync(join(service.dataPath, 'Users', mine.id))).toBe(false);
  });

  it('R-024 is named in the log, its keys are not', () => {
    const log = JSON.stringify(service.log);
    expect(log).toContain('"tenant":"acme"');
    expect(log).not.toMatch(/acme-key|acme-reader|beta-key|beta-2|default-key/);
  });
});

it('R-279 without API_KEY there is no default tenant, and no default key', async () => {
  const only = await startService({ TENANTS: '{"acme":{"keys":["acme-key"]}}' });
  try {
    for (const key of ['secret', 'test-key', '']) {
      expectError(await only.request('GET', '/Users', { headers: as(key) }), 401);
    }
    expect((await list(only, '/Users', {}, ACME)).totalResults).toBe(0);
  } finally {
    await only.close();
  }
});
