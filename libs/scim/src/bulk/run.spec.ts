import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { isArray, type Json, type JsonObject } from '../json.js';
import { testRegistry } from '../testing/registry.js';
import { MessageUrn } from '../urns.js';
import { parseBulk } from './message.js';
import { planBulk } from './plan.js';
import type { BulkOutcome } from './result.js';
import { type BulkAction, runBulk } from './run.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const registry = testRegistry();

interface Run {
  readonly results: readonly JsonObject[];
  readonly actions: readonly BulkAction[];
  /** `[index, status]` of each result. */
  readonly statuses: readonly Json[];
}

type Fail = (action: BulkAction) => ScimError | undefined;

/** Runs a request against an executor that gives out ids `id-<bulkId's index>`. */
async function run(operations: readonly unknown[], fail?: Fail, extra: object = {}): Promise<Run> {
  const body = { schemas: [MessageUrn.BulkRequest], ...extra, Operations: operations };
  const plan = planBulk(parseBulk(body, { registry, maxOperations: 100 }));
  const actions: BulkAction[] = [];
  const response = await runBulk(plan, {
    async execute(action): Promise<BulkOutcome> {
      actions.push(action);
      const error = fail?.(action);
      if (error !== undefined) throw error;
      const status = { POST: 201, PUT: 200, PATCH: 200, DELETE: 204 }[action.method];
      const version = action.method === 'DELETE' ? undefined : `W/"${actions.length}"`;
      return { status, id: action.id ?? `id-${action.index}`, version };
    },
    locate: (type, id) => `https://h${type.endpoint}/${id}`,
    toError: (error) =>
      error instanceof ScimError ? error : new ScimError(500, undefined, 'Something went wrong.'),
  });
  expect(response.schemas).toEqual([MessageUrn.BulkResponse]);
  const results = (isArray(response.Operations) ? response.Operations : []) as JsonObject[];
  return { results, actions, statuses: results.map((result) => result.status ?? null) };
}

const user = (bulkId: string, data: JsonObject = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: bulkId, ...data },
});
const group = (bulkId: string, ...members: readonly string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, members: members.map((value) => ({ value })) },
});
const conflict = new ScimError(409, 'uniqueness', 'Taken.');
const failing =
  (index: number, error = conflict): Fail =>
  (action) =>
    action.index === index ? error : undefined;

describe('bulk', () => {
  it('R-254 R-255 R-256 answers every operation in order, with a status string, bulkId and location', async () => {
    const { results } = await run([
      user('a'),
      { method: 'PUT', path: '/Users/1', data: { userName: 'x' } },
      {
        method: 'PATCH',
        path: '/Groups/2',
        bulkId: 'p',
        data: { schemas: [MessageUrn.PatchOp], Operations: [] },
      },
      { method: 'DELETE', path: '/Users/3' },
    ]);
    expect(results).toEqual([
      {
        method: 'POST',
        bulkId: 'a',
        location: 'https://h/Users/id-0',
        version: 'W/"1"',
        status: '201',
      },
      { method: 'PUT', location: 'https://h/Users/1', version: 'W/"2"', status: '200' },
      {
        method: 'PATCH',
        bulkId: 'p',
        location: 'https://h/Groups/2',
        version: 'W/"3"',
        status: '200',
      },
      { method: 'DELETE', location: 'https://h/Users/3', status: '204' },
    ]);
  });

  it('R-257 R-258 a failed operation has an Error body, and the others still run', async () => {
    const { results, statuses } = await run(
      [user('a'), user('b'), { method: 'DELETE', path: '/Users/3' }],
      failing(0),
    );
    expect(statuses).toEqual(['409', '201', '204']);
    expect(results[0]).toEqual({
      method: 'POST',
      bulkId: 'a',
      status: '409',
      response: conflict.toJSON(),
    });
    const all = await run([user('a'), { method: 'DELETE', path: '/Users/3' }], () => conflict);
    expect(all.statuses).toEqual(['409', '409']);
    expect(all.results[1]?.location).toBe('https://h/Users/3');
  });

  it('R-257 what is no ScimError is translated and stops nothing', async () => {
    const broken: Fail = (action) => {
      if (action.index === 0) throw new TypeError('internal');
      return undefined;
    };
    const { results, statuses } = await run([user('a'), user('b')], broken);
    expect(statuses).toEqual(['500', '201']);
    expect(JSON.stringify(results)).not.toContain('internal');
  });

  it('R-259 stops after failOnErrors errors; the rest is neither executed nor answered', async () => {
    const four = [user('a'), user('b'), user('c'), user('d')];
    const stopped = await run(four, failing(1), { failOnErrors: 1 });
    expect(stopped.statuses).toEqual(['201', '409']);
    expect(stopped.actions.map(({ index }) => index)).toEqual([0, 1]);
    expect((await run(four, failing(1), { failOnErrors: 2 })).statuses).toHaveLength(4);
    const rejected = await run([{ method: 'GET', path: '/Users/1' }, user('a')], undefined, {
      failOnErrors: 1,
    });
    expect(rejected.statuses).toEqual(['400']);
  });

  it('R-260 puts real ids in the place of bulkIds, also before the POST', async () => {
    const { actions, results } = await run([
      group('g', 'bulkId:u', 'known'),
      {
        method: 'PATCH',
        path: '/Groups/7',
        data: {
          schemas: [MessageUrn.PatchOp],
          Operations: [
            { op: 'add', path: 'members', value: [{ value: 'bulkId:u' }] },
            { op: 'add', value: { members: ['bulkId:u'], displayName: 'not bulkId:u' } },
          ],
        },
      },
      user('u', { [ENTERPRISE]: { manager: { value: 'bulkId:m' } } }),
      user('m'),
    ]);
    expect(actions.map(({ index }) => index)).toEqual([3, 2, 0, 1]);
    expect(actions[1]?.data).toEqual({
      userName: 'u',
      [ENTERPRISE]: { manager: { value: 'id-3' } },
    });
    expect(actions[2]?.data?.members).toEqual([{ value: 'id-2' }, { value: 'known' }]);
    expect(actions[3]?.data?.Operations).toEqual([
      { op: 'add', path: 'members', value: [{ value: 'id-2' }] },
      { op: 'add', value: { members: ['id-2'], displayName: 'not bulkId:u' } },
    ]);
    expect(results.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST', 'POST']);
  });

  it('R-261 creates groups that contain each other, then adds what had to be left out', async () => {
    const { actions, results, statuses } = await run([
      group('a', 'bulkId:b', 'x'),
      group('b', 'bulkId:a'),
    ]);
    expect(actions.map(({ purpose, method, id, data }) => [purpose, method, id, data])).toEqual([
      ['request', 'POST', undefined, { displayName: 'a', members: [{ value: 'x' }] }],
      ['request', 'POST', undefined, { displayName: 'b', members: [{ value: 'id-0' }] }],
      [
        'link',
        'PATCH',
        'id-0',
        {
          schemas: [MessageUrn.PatchOp],
          Operations: [{ op: 'add', path: 'members', value: [{ value: 'id-1' }] }],
        },
      ],
    ]);
    expect(statuses).toEqual(['201', '201']);
    expect(results.map(({ version }) => version)).toEqual(['W/"3"', 'W/"2"']);
  });

  it('R-261 breaks circles through extension attributes, and with oneself', async () => {
    const manager = (value: string) => ({ [ENTERPRISE]: { department: 'd', manager: { value } } });
    const { actions, statuses } = await run([user('a', manager('bulkId:a'))]);
    expect(statuses).toEqual(['201']);
    expect(actions.map(({ data }) => data)).toEqual([
      { userName: 'a', [ENTERPRISE]: { department: 'd' } },
      {
        schemas: [MessageUrn.PatchOp],
        Operations: [{ op: 'add', path: `${ENTERPRISE}:manager`, value: { value: 'id-0' } }],
      },
    ]);
  });

  it('R-261 takes a circle back that cannot be closed, and answers 409', async () => {
    const circle = [
      group('a', 'bulkId:b'),
      group('b', 'bulkId:c'),
      group('c', 'bulkId:a'),
      group('d', 'bulkId:a'),
      user('e'),
    ];
    const invalid = new ScimError(400, 'invalidValue', 'No.');
    const refused: Fail = ({ index, purpose }) =>
      index === 2 && purpose === 'request' ? invalid : undefined;
    const { actions, statuses } = await run(circle, refused);
    expect(statuses).toEqual(['409', '409', '400', '409', '201']);
    expect(actions.map(({ purpose, index }) => `${purpose} ${index}`)).toEqual([
      'request 0',
      'request 1',
      'request 2',
      'undo 1',
      'undo 0',
      'request 4',
    ]);
    const unlinked = await run(circle, ({ purpose }) => (purpose === 'link' ? invalid : undefined));
    expect(unlinked.statuses).toEqual(['400', '409', '409', '409', '201']);
    expect(unlinked.actions.filter(({ purpose }) => purpose === 'undo')).toHaveLength(3);
    const stuck = await run(circle, ({ purpose }) => (purpose === 'request' ? undefined : invalid));
    expect(stuck.results[0]?.response).toMatchObject({
      detail: expect.stringContaining('could not be deleted'),
    });
  });

  it('R-262 what refers to a failed operation is 409 and not executed', async () => {
    const patch = { method: 'PATCH', path: '/Users/bulkId:a', data: {} };
    const { actions, results, statuses } = await run(
      [group('g', 'bulkId:a'), user('a'), patch],
      failing(1),
    );
    expect(statuses).toEqual(['409', '409', '409']);
    expect(actions).toHaveLength(1);
    expect(results[2]).not.toHaveProperty('location');
    const rejected = await run([{ ...user('a'), data: null }, group('g', 'bulkId:a')]);
    expect(rejected.statuses).toEqual(['400', '409']);
  });

  it('R-262 an unknown bulkId is 400 invalidValue', async () => {
    const { actions, results, statuses } = await run([
      group('g', 'bulkId:z'),
      { method: 'DELETE', path: '/Users/bulkId:z' },
    ]);
    expect(statuses).toEqual(['400', '400']);
    expect(results[0]?.response).toMatchObject({ scimType: 'invalidValue' });
    expect(actions).toEqual([]);
  });

  it('R-263 resolves bulkIds in paths, of operations and inside PATCH', async () => {
    const data = {
      schemas: [MessageUrn.PatchOp],
      operations: [
        { op: 'remove', Path: 'members[value eq "bulkId:u" or value eq "x"]' },
        { op: 'add', value: { 'members[value eq "bulkId:u"].type': 'User' } },
      ],
    };
    const { actions, results } = await run([
      { method: 'PATCH', path: '/Groups/bulkId:g', data },
      group('g'),
      user('u'),
    ]);
    expect(actions.at(-1)).toMatchObject({ index: 0, id: 'id-1' });
    expect(actions.at(-1)?.data?.operations).toEqual([
      { op: 'remove', Path: 'members[value eq "id-2" or value eq "x"]' },
      { op: 'add', value: { 'members[value eq "id-2"].type': 'User' } },
    ]);
    expect(results[0]?.location).toBe('https://h/Groups/id-1');
  });

  it('R-266 R-269 passes the version on, and answers 412 and 403 as they come', async () => {
    const put = { method: 'PUT', path: '/Users/1', version: 'W/"7"', data: {} };
    const { actions, statuses } = await run(
      [put],
      failing(0, new ScimError(412, undefined, 'Changed.')),
    );
    expect([actions[0]?.version, statuses[0]]).toEqual(['W/"7"', '412']);
    const denied = await run(
      [put, user('a')],
      failing(0, new ScimError(403, undefined, 'Read only.')),
    );
    expect(denied.statuses).toEqual(['403', '201']);
  });

  it('R-267 hands the PatchOp message on as it is', async () => {
    const data = {
      schemas: [MessageUrn.PatchOp],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    expect((await run([{ method: 'PATCH', path: '/Users/1', data }])).actions[0]?.data).toEqual(
      data,
    );
  });

  it('keeps the order of operations that do not depend on each other', async () => {
    const operations = [
      user('a'),
      { method: 'DELETE', path: '/Users/1' },
      user('b'),
      { method: 'DELETE', path: '/Users/2' },
    ];
    expect((await run(operations)).actions.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it('is not harmed by hostile data', async () => {
    let deep: Json = 'x';
    for (let i = 0; i < 20_000; i += 1) deep = [deep];
    const hostile = JSON.parse(
      '{"userName":"a","__proto__":{"polluted":true},"members":[null,[null]],"x":"bulkId:"}',
    );
    const { actions, statuses } = await run([
      user('a', hostile),
      user('b', { x: deep }),
      {
        method: 'PATCH',
        path: '/Users/1',
        data: { Operations: [null, 'x', { path: 1, value: deep }] },
      },
    ]);
    expect(statuses).toEqual(['201', '400', '400']);
    expect(Object.hasOwn(actions[0]?.data ?? {}, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(actions[0]?.data)).toBe(Object.prototype);
  });
});
