import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { testRegistry } from '../testing/registry.js';
import { MessageUrn } from '../urns.js';
import { bulkLimitExceeded, parseBulk } from './message.js';

const options = { registry: testRegistry(), maxOperations: 5 };
const schemas = [MessageUrn.BulkRequest];
const parse = (body: unknown) => parseBulk(body, options);
const operationsOf = (...Operations: readonly unknown[]) =>
  parse({ schemas, Operations }).operations;

function errorOf(body: unknown): ScimError | undefined {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  return undefined;
}

const remove = { method: 'DELETE', path: '/Users/1' };

describe('BulkRequest message', () => {
  it.each([
    [{ Operations: [remove] }],
    [{ schemas: [MessageUrn.PatchOp], Operations: [remove] }],
    [{ schemas }],
    [{ schemas, Operations: [] }],
    [{ schemas, Operations: null }],
    [{ schemas, Operations: {} }],
    [{ schemas, Operations: [remove], failOnErrors: 'x' }],
    [{ schemas, Operations: [remove], failOnErrors: 0 }],
    [{ schemas, Operations: [remove], failOnErrors: 1.5 }],
    [null],
    [[]],
    ['x'],
  ])('R-268 refuses %j', (body) => {
    const { status, scimType } = errorOf(body) ?? {};
    expect([status, scimType]).toEqual([400, 'invalidSyntax']);
  });

  it('R-265 refuses more operations than maxOperations and names limit and value', () => {
    expect(errorOf({ schemas, Operations: Array(5).fill(remove) })).toBeUndefined();
    const error = errorOf({ schemas, Operations: Array(6).fill(remove) });
    expect(error?.status).toBe(413);
    expect(error?.detail).toMatch(/maxOperations.* 5 /);
    expect(bulkLimitExceeded('maxPayloadSize', 1024).detail).toMatch(/maxPayloadSize.* 1024 /);
  });

  it('R-254 reads the four methods', () => {
    const read = operationsOf(
      { method: 'POST', path: '/Users', bulkId: 'u', data: { userName: 'a' } },
      { method: 'PUT', path: 'Groups/7/', version: 'W/"1"', data: {} },
      { method: 'PATCH', path: '/Groups/bulkId:g', data: {} },
      { method: 'DELETE', path: '/Users/a%2Fb', data: 'ignored' },
    );
    expect(read.map(({ kind, method, target }) => [kind, method, target?.kind])).toEqual([
      ['operation', 'POST', 'endpoint'],
      ['operation', 'PUT', 'resource'],
      ['operation', 'PATCH', 'created'],
      ['operation', 'DELETE', 'resource'],
    ]);
    expect(read[1]).toMatchObject({ version: 'W/"1"', target: { id: '7' } });
    expect(read[2]).toMatchObject({ target: { bulkId: 'g' } });
    expect(read[3]).toMatchObject({ target: { id: 'a/b' }, data: undefined });
  });

  it.each([
    ['POST without bulkId', { method: 'POST', path: '/Users', data: {} }],
    ['an empty bulkId', { method: 'POST', path: '/Users', bulkId: '', data: {} }],
    ['a bulkId that is no string', { method: 'POST', path: '/Users', bulkId: 1, data: {} }],
    ['GET', { method: 'GET', path: '/Users/1' }],
    ['no method', { path: '/Users/1' }],
    ['a method that is no string', { method: {}, path: '/Users/1' }],
    ['no path', { method: 'DELETE' }],
    ['path /Bulk', { method: 'POST', path: '/Bulk', bulkId: 'b', data: {} }],
    ['path /.search', { method: 'POST', path: '/.search', bulkId: 'b', data: {} }],
    ['path /Users/.search', { method: 'PUT', path: '/Users/.search', data: {} }],
    ['discovery', { method: 'DELETE', path: '/Schemas/x' }],
    ['POST on a resource', { method: 'POST', path: '/Users/1', bulkId: 'b', data: {} }],
    ['DELETE on an endpoint', { method: 'DELETE', path: '/Users' }],
    ['a deeper path', { method: 'DELETE', path: '/Users/1/name' }],
    ['a query', { method: 'DELETE', path: '/Users/1?x=y' }],
    ['another host', { method: 'DELETE', path: 'https://h/Users/1' }],
    ['a stray percent sign', { method: 'DELETE', path: '/Users/%' }],
    ['__proto__', { method: 'DELETE', path: '/__proto__/1' }],
    ['no data', { method: 'PUT', path: '/Users/1' }],
    ['data that is no object', { method: 'PATCH', path: '/Users/1', data: [] }],
    ['a version that is no string', { ...remove, version: 1 }],
    ['null', null],
    ['a list', []],
    ['a member twice', { ...remove, Method: 'PUT' }],
  ])('R-264 %s fails that operation only', (_name, operation) => {
    const [first, second] = operationsOf(operation, remove);
    expect(first?.kind === 'rejected' ? first.error.status : first?.kind).toBe(400);
    expect(second?.kind).toBe('operation');
  });

  it('R-264 a bulkId that is taken fails the second POST, whatever became of the first', () => {
    const post = { method: 'POST', path: '/Users', bulkId: 'b', data: {} };
    const kinds = (...items: unknown[]) => operationsOf(...items).map(({ kind }) => kind);
    expect(kinds(post, post)).toEqual(['operation', 'rejected']);
    expect(kinds({ ...post, data: 1 }, post)).toEqual(['rejected', 'rejected']);
    expect(kinds(post, { ...remove, bulkId: 'b' })).toEqual(['operation', 'operation']);
  });

  it('keeps what it can tell of a rejected operation', () => {
    const [first] = operationsOf({ method: 'GET', path: '/Users/1', bulkId: 'b' });
    expect(first).toMatchObject({ kind: 'rejected', method: 'GET', bulkId: 'b', index: 0 });
  });
});
