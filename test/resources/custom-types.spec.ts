import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BADGE, DEVICE, deviceOf, deviceSchemas, WARRANTY } from '../support/device.js';
import {
  create,
  expectError,
  type List,
  list,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

/** SCHEMA_PATH adds a resource type and an extension: everything works on them without code. */
let folder: string;
let service: Service;
let user: Resource;
beforeAll(async () => {
  folder = deviceSchemas();
  service = await startService({ SCHEMA_PATH: folder });
  user = await create(service, '/Users', { userName: 'owner', displayName: 'Owner' });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const post = (serial: string, attributes: object = {}, search = '') =>
  service.request('POST', `/Devices${search}`, { body: deviceOf(serial, attributes) });

async function device(serial: string, attributes: object = {}): Promise<Resource> {
  const answer = await post(serial, attributes);
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Resource>();
}

const patch = (id: string, ...operations: readonly object[]) =>
  service.request('PATCH', `/Devices/${id}`, patchOf(...operations));

describe('a resource type of SCHEMA_PATH', () => {
  it('R-079 R-096 is created, read, replaced, patched and deleted', async () => {
    const answer = await post('crud', { displayName: 'Laptop', ports: 3 });
    expect(answer.status, answer.text).toBe(201);
    const made = answer.json<Resource>();
    expect(answer.headers.get('location')).toBe(`${service.url}/Devices/${made.id}`);
    expect(made.meta.location).toBe(`${service.url}/Devices/${made.id}`);
    expect(made).toMatchObject({ serial: 'crud', ports: 3, meta: { resourceType: 'Device' } });
    expect([...made.schemas].sort()).toEqual([DEVICE, WARRANTY].sort());
    expect(await read(service, `/Devices/${made.id}`)).toEqual(made);
    const body = deviceOf('crud', { displayName: 'Desktop' });
    const put = await service.request('PUT', `/Devices/${made.id}`, { body });
    expect(put.status).toBe(200);
    expect(put.json<Resource>()).toMatchObject({ displayName: 'Desktop' });
    expect(put.json<Resource>()).not.toHaveProperty('ports');
    await patch(made.id, { op: 'add', path: 'tags', value: ['a', 'b'] });
    await patch(made.id, { op: 'replace', path: `${WARRANTY}:by`, value: 'Acme' });
    const patched = await read(service, `/Devices/${made.id}`);
    expect(patched).toMatchObject({ tags: ['a', 'b'], [WARRANTY]: { by: 'Acme' } });
    expect((await service.request('DELETE', `/Devices/${made.id}`)).status).toBe(204);
    expectError(await service.request('GET', `/Devices/${made.id}`), 404);
  });

  it('R-098 is filtered and sorted by its own attributes', async () => {
    const interfaces = [{ value: 'aa:bb', type: 'wifi', speed: 100 }];
    await device('f1', { ports: 9, weight: 1.5, bought: '2026-01-31T00:00:00Z', tags: ['x'] });
    await device('f2', { ports: 10, weight: 2.25, bought: '2026-01-31T01:00:00+02:00' });
    await device('f3', { interfaces, enabled: true });
    const found = async (filter: string, more: Readonly<Record<string, string>> = {}) =>
      (await list(service, '/Devices', { filter, ...more })).Resources.map(({ serial }) => serial);
    expect(await found('serial eq "f1"')).toEqual(['f1']);
    expect(await found('serial eq "F1"')).toEqual([]);
    expect(await found('ports lt 10')).toEqual(['f1']);
    expect(await found('weight ge 1.5 and weight lt 2.25')).toEqual(['f1']);
    expect(await found('bought lt "2026-01-31T00:00:00Z"')).toEqual(['f2']);
    expect(await found('tags eq "x"')).toEqual(['f1']);
    expect(await found('interfaces[type eq "wifi" and speed ge 100]')).toEqual(['f3']);
    expect(await found('enabled eq true')).toEqual(['f3']);
    expect(await found(`${WARRANTY}:until pr and serial sw "f"`, { sortBy: 'serial' })).toEqual([
      'f1',
      'f2',
      'f3',
    ]);
    const descending = { sortBy: 'ports', sortOrder: 'descending' };
    expect(await found('ports pr', descending)).toEqual(['f2', 'f1']);
  });

  it('R-102 is listed at the root with the others', async () => {
    await device('root');
    const { Resources } = await list(service, '/', { filter: 'serial eq "root" or userName pr' });
    expect(Resources.map(({ meta }) => meta.resourceType).sort()).toEqual(['Device', 'User']);
    const only = await list(service, '/', { filter: 'meta.resourceType eq "Device"' });
    expect(new Set(only.Resources.map(({ meta }) => meta.resourceType))).toEqual(
      new Set(['Device']),
    );
  });

  it('R-031 R-032 R-033 is in /ResourceTypes, /Schemas and the OpenAPI document', async () => {
    const type = await service.request('GET', '/ResourceTypes/Device');
    expect(type.body).toMatchObject({
      name: 'Device',
      endpoint: '/Devices',
      schema: DEVICE,
      schemaExtensions: [{ schema: WARRANTY, required: true }],
    });
    const types = await service.request('GET', '/ResourceTypes');
    expect(types.json<List>().totalResults).toBe(3);
    const user = await service.request('GET', '/ResourceTypes/User');
    expect(user.json<{ schemaExtensions: unknown[] }>().schemaExtensions).toContainEqual({
      schema: BADGE,
      required: false,
    });
    for (const urn of [DEVICE, WARRANTY, BADGE]) {
      expect((await service.request('GET', `/Schemas/${urn}`)).body).toMatchObject({ id: urn });
    }
    const openapi = await service.request('GET', '/api-json');
    const { paths } = openapi.json<{ paths: Record<string, object> }>();
    expect(Object.keys(paths['/Devices'] ?? {}).sort()).toEqual(['get', 'post']);
    expect(Object.keys(paths['/Devices/{id}'] ?? {}).sort()).toEqual([
      'delete',
      'get',
      'patch',
      'put',
    ]);
    expect(openapi.text).toContain('interfaces');
  });

  it('keeps its relations, and their display', async () => {
    const owners = [{ value: user.id }];
    const made = await device('owned', { owners });
    const shown = await read(service, `/Devices/${made.id}`);
    expect(shown.owners).toEqual([
      {
        value: user.id,
        $ref: `${service.url}/Users/${user.id}`,
        type: 'User',
        display: 'Owner',
      },
    ]);
    const { totalResults } = await list(service, '/Devices', { filter: `owners eq "${user.id}"` });
    expect(totalResults).toBe(1);
    const unknown = await post('unowned', { owners: [{ value: made.id }] });
    expectError(unknown, 400, 'invalidValue');
  });
});

describe('characteristics', () => {
  it('R-044 what /Schemas publishes of it is what was defined', async () => {
    interface Attribute {
      readonly name: string;
      readonly [characteristic: string]: unknown;
    }
    const answer = await service.request('GET', `/Schemas/${DEVICE}`);
    const { attributes } = answer.json<{ attributes: readonly Attribute[] }>();
    const named = (name: string) => attributes.find((attribute) => attribute.name === name);
    expect(named('serial')).toMatchObject({
      required: true,
      caseExact: true,
      uniqueness: 'server',
    });
    expect(named('model')).toMatchObject({ mutability: 'immutable' });
    expect(named('pin')).toMatchObject({ mutability: 'writeOnly', returned: 'never' });
    expect(named('notes')).toMatchObject({ returned: 'request' });
    expect(named('inventory')).toMatchObject({ returned: 'always' });
    expect(named('ports')).toMatchObject({ type: 'integer', multiValued: false });
  });

  it('R-044 required, types, uniqueness and case are enforced', async () => {
    await device('Unique');
    expectError(await post('Unique'), 409, 'uniqueness');
    expect((await post('UNIQUE')).status).toBe(201);
    for (const wrong of [
      { serial: undefined },
      { serial: '' },
      { ports: 1.5 },
      { ports: '5' },
      { weight: 'heavy' },
      { enabled: 'maybe' },
      { bought: '2026-01-31' },
      { firmware: '***' },
      { manual: 5 },
      { tags: [1] },
      { interfaces: [{ speed: 10 }] },
      {
        interfaces: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ]) {
      expectError(await post('wrong', wrong), 400, 'invalidValue');
    }
    expect((await list(service, '/Devices', { filter: 'serial eq "wrong"' })).totalResults).toBe(0);
  });

  it('R-044 readOnly, immutable and writeOnly are enforced', async () => {
    const made = await device('mutability', { state: 'stolen', model: 'M1', pin: '1234' });
    expect(made).not.toHaveProperty('state');
    expect(JSON.stringify(made)).not.toContain('1234');
    expect(made.model).toBe('M1');
    expectError(await patch(made.id, { op: 'add', path: 'state', value: 'x' }), 400, 'mutability');
    expectError(
      await patch(made.id, { op: 'replace', path: 'model', value: 'M2' }),
      400,
      'mutability',
    );
    const body = deviceOf('mutability', { model: 'M2' });
    expectError(await service.request('PUT', `/Devices/${made.id}`, { body }), 400, 'mutability');
    const unset = await device('unset');
    expect((await patch(unset.id, { op: 'add', path: 'model', value: 'M3' })).status).toBeLessThan(
      300,
    );
    expect((await read(service, `/Devices/${unset.id}`)).model).toBe('M3');
    const asked = await read(service, `/Devices/${made.id}?attributes=pin,model`);
    expect(asked).not.toHaveProperty('pin');
    expectError(
      await service.request('GET', '/Devices?filter=pin%20sw%20"1"'),
      400,
      'invalidFilter',
    );
  });

  it('R-044 R-054 dates need a time; R-056 base64 may lack its padding', async () => {
    for (const bought of ['2026-01-31', 'yesterday', '', '10:00:00', '2026-13-01T00:00:00Z', 5]) {
      const answer = await post('dated', { bought });
      if (bought === '') {
        expect(answer.json<Resource>()).not.toHaveProperty('bought');
        await service.request('DELETE', `/Devices/${answer.json<Resource>().id}`);
      } else expectError(answer, 400, 'invalidValue');
    }
    for (const [i, bought] of [
      '2026-01-31T10:00:00Z',
      '2026-01-31T10:00:00.1234567Z',
      '0001-01-01T00:00:00Z',
      '2026-01-31T10:00:00+05:30',
      '2026-01-31T10:00:00',
    ].entries()) {
      expect((await device(`dated${i}`, { bought })).bought).toBe(bought);
    }
    expect((await device('unpadded', { firmware: 'YQ' })).firmware).toBe('YQ');
  });

  it('R-063 a caseExact attribute keeps its case', async () => {
    expect((await device('CaSe')).serial).toBe('CaSe');
  });

  it('R-091 a required extension has to be there, with what it requires', async () => {
    for (const attributes of [
      { [WARRANTY]: undefined, schemas: [DEVICE] },
      { [WARRANTY]: undefined },
      { [WARRANTY]: null },
      { [WARRANTY]: {} },
      { [WARRANTY]: { by: 'Acme' } },
      { [WARRANTY]: { until: null } },
    ]) {
      expectError(await post('bare', attributes), 400, 'invalidValue');
    }
    const made = await device('whole');
    const body = deviceOf('whole', { [WARRANTY]: undefined });
    expectError(await service.request('PUT', `/Devices/${made.id}`, { body }), 400, 'invalidValue');
    const removed = await patch(made.id, { op: 'remove', path: `${WARRANTY}:until` });
    expectError(removed, 400, 'mutability');
    expect((await read(service, `/Devices/${made.id}`))[WARRANTY]).toEqual(deviceOf('x')[WARRANTY]);
  });

  it('R-092 returned=request is in the answer to the write that sent it, and later only when asked for', async () => {
    const made = await device('noted', { notes: 'fragile' });
    expect(made.notes).toBe('fragile');
    const path = `/Devices/${made.id}`;
    expect(await read(service, path)).not.toHaveProperty('notes');
    expect((await read(service, `${path}?attributes=notes`)).notes).toBe('fragile');
    const listed = await list(service, '/Devices', { filter: 'serial eq "noted"' });
    expect(listed.Resources[0]).not.toHaveProperty('notes');
    expect(await device('unnoted')).not.toHaveProperty('notes');
    // In an extension too.
    const badge = { number: 7, hint: 'left' };
    const guest = { schemas: [USER, BADGE], userName: 'guest', [BADGE]: badge };
    const answer = await service.request('POST', '/Users', { body: guest });
    expect(answer.json<Resource>()[BADGE]).toEqual(badge);
    const { id } = answer.json<Resource>();
    expect((await read(service, `/Users/${id}`))[BADGE]).toEqual({ number: 7 });
  });

  it('R-044 returned=always is in every answer', async () => {
    const { id } = await device('always', { inventory: 'I-1' });
    for (const search of ['?attributes=serial', '?excludedAttributes=inventory']) {
      expect((await read(service, `/Devices/${id}${search}`)).inventory).toBe('I-1');
    }
  });
});
