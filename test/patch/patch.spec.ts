import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { deviceOf, deviceSchemas } from '../support/device.js';
import {
  DEPARTMENT,
  type Patched,
  patchedGroup,
  patchedUser,
  patching,
} from '../support/patching.js';
import {
  create,
  ENTERPRISE,
  expectError,
  PATCH,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService({ SCHEMA_PATH: deviceSchemas() });

const user = (attributes?: object) => patchedUser(service, attributes);

async function device(attributes: object = {}): Promise<Patched> {
  const body = deviceOf(`serial${Math.random()}`, attributes);
  const answer = await service.request('POST', '/Devices', { body });
  expect(answer.status, answer.text).toBe(201);
  return patching(service, '/Devices', answer.json<Resource>());
}

const TITLE = { op: 'replace', path: 'title', value: 'New' };

describe('R-187 R-188 the message', () => {
  it.each<[string, unknown]>([
    ['no schemas', { Operations: [TITLE] }],
    ['empty schemas', { schemas: [], Operations: [TITLE] }],
    ['schemas of another message', { schemas: [USER], Operations: [TITLE] }],
    ['schemas [null]', { schemas: [null], Operations: [TITLE] }],
    ['schemas as a string', { schemas: PATCH, Operations: [TITLE] }],
    ['no Operations', { schemas: [PATCH] }],
    ['empty Operations', { schemas: [PATCH], Operations: [] }],
    ['Operations as an object', { schemas: [PATCH], Operations: TITLE }],
    ['Operations null', { schemas: [PATCH], Operations: null }],
    ['Operations [null]', { schemas: [PATCH], Operations: [null] }],
    ['Operations [[]]', { schemas: [PATCH], Operations: [[]] }],
    ['Operations ["replace"]', { schemas: [PATCH], Operations: ['replace'] }],
    ['op move', { schemas: [PATCH], Operations: [{ ...TITLE, op: 'move' }] }],
    ['op test', { schemas: [PATCH], Operations: [{ ...TITLE, op: 'test' }] }],
    ['no op', { schemas: [PATCH], Operations: [{ path: 'title', value: 'x' }] }],
    ['op null', { schemas: [PATCH], Operations: [{ ...TITLE, op: null }] }],
    ['op toString', { schemas: [PATCH], Operations: [{ ...TITLE, op: 'toString' }] }],
    ['op __proto__', { schemas: [PATCH], Operations: [{ ...TITLE, op: '__proto__' }] }],
    ['a good and a wrong one', { schemas: [PATCH], Operations: [TITLE, { op: 'copy' }] }],
  ])('%s is invalidSyntax', async (_, body) => {
    const { made, path } = await user();
    expectError(await service.request('PATCH', path, { body }), 400, 'invalidSyntax');
    expect(await read(service, path)).toEqual(made);
  });
  it('takes further members, and operations in lower case', async () => {
    const { path } = await user();
    const body = { schemas: [PATCH, 'urn:x'], operations: [{ ...TITLE, name: 'x' }] };
    expect((await service.request('PATCH', path, { body })).status).toBe(200);
    expect((await read(service, path)).title).toBe('New');
  });
  it('a path that is no string is refused', async () => {
    const { path } = await user();
    for (const wrong of [5, {}, ['title'], true]) {
      const answer = await service.request('PATCH', path, patchOf({ ...TITLE, path: wrong }));
      expect(answer.status, JSON.stringify(wrong)).toBe(400);
    }
  });
});

it.each(['Add', 'Replace', 'REPLACE'])('R-189 takes op %s', async (op) => {
  expect((await (await user()).apply({ ...TITLE, op })).title).toBe('New');
});

it('R-189 takes op Remove', async () => {
  const after = await (await user()).apply({ op: 'Remove', path: 'title' });
  expect(after).not.toHaveProperty('title');
});

it('R-190 an unknown id is 404, even where the message is fine', async () => {
  const { id } = await create(service, '/Groups', { displayName: 'g' });
  for (const path of ['/Users/unknown', `/Users/${id}`, '/Groups/unknown']) {
    const operation = { op: 'replace', path: 'displayName', value: 'x' };
    expectError(await service.request('PATCH', path, patchOf(operation)), 404);
    const members = { op: 'add', path: 'displayName', value: 'x' };
    expectError(await service.request('PATCH', path, patchOf(members)), 404);
  }
  const add = { op: 'add', path: 'members', value: [{ value: id }] };
  expectError(await service.request('PATCH', '/Groups/unknown', patchOf(add)), 404);
});

it('R-191 each operation sees what the ones before it did', async () => {
  const after = await (await user()).apply(
    { op: 'remove', path: 'emails' },
    { op: 'add', path: 'emails', value: [{ value: 'n@x.org', type: 'work' }] },
    { op: 'replace', path: 'emails[type eq "work"].value', value: 'm@x.org' },
    { op: 'add', path: 'title', value: 'first' },
    { op: 'replace', path: 'title', value: 'second' },
  );
  expect(after).toMatchObject({ emails: [{ value: 'm@x.org', type: 'work' }], title: 'second' });
});

describe('R-192 all or nothing', () => {
  it.each<[string, object]>([
    ['invalidValue', { op: 'replace', path: 'active', value: 'maybe' }],
    ['invalidPath', { op: 'replace', path: 'nope', value: 'x' }],
    ['noTarget', { op: 'replace', path: 'emails[type eq "none"].value', value: 'x' }],
    ['mutability', { op: 'remove', path: 'userName' }],
  ])('%s', async (scimType, failing) => {
    const { refused } = await user();
    await refused(scimType, TITLE, { op: 'remove', path: 'emails' }, failing);
  });
  it('of members as well', async () => {
    const { users, refused, made } = await patchedGroup(service, 2);
    await refused(
      'mutability',
      { op: 'remove', path: `members[value eq "${users[0]?.id}"]` },
      { op: 'remove', path: 'displayName' },
    );
    const [first] = users;
    expect((await read(service, `/Users/${first?.id}`)).groups).toMatchObject([{ value: made.id }]);
  });
});

describe('R-193 R-194 the answer', () => {
  it('of users is the resource', async () => {
    const { send, path } = await user();
    const answer = await send(TITLE);
    expect([answer.status, answer.body]).toEqual([200, await read(service, path)]);
  });
  it('is 204 with the new ETag where members are many, or the client wants no more', async () => {
    const members = Array.from({ length: 500 }, (_, i) => ({ value: `m${i}` }));
    const own = await startService({ UNKNOWN_MEMBERS: 'accept' });
    try {
      for (const [body, headers] of [
        [{ displayName: 'large', members }, {}],
        [{ displayName: 'small' }, { Prefer: 'return=minimal' }],
      ] as const) {
        const made = await create(own, '/Groups', body);
        const path = `/Groups/${made.id}`;
        const rename = patchOf({ op: 'replace', path: 'displayName', value: 'other' });
        const answer = await own.request('PATCH', path, { ...rename, headers });
        expect([answer.status, answer.text]).toEqual([204, '']);
        const { meta } = await read(own, path);
        expect(meta.version).not.toBe(made.meta.version);
        expect(answer.headers.get('etag')).toBe(meta.version);
      }
    } finally {
      await own.close();
    }
  });
  it('of groups is what is asked for', async () => {
    const { path, made } = await patchedGroup(service, 1);
    const rename = (value: string) => ({ op: 'replace', path: 'displayName', value });
    for (const search of ['attributes=displayName', 'excludedAttributes=members,meta']) {
      const patch = patchOf(rename(search));
      const { status, body } = await service.request('PATCH', `${path}?${search}`, patch);
      expect(status).toBe(200);
      expect(body).toEqual({ id: made.id, schemas: made.schemas, displayName: search });
    }
    const whole = await service.request('PATCH', path, {
      ...patchOf(rename('whole')),
      headers: { Prefer: 'return=representation' },
    });
    expect([whole.status, whole.body]).toEqual([200, await read(service, path)]);
  });
  it('of users with attributes=userName', async () => {
    const { path, made } = await user();
    const answer = await service.request('PATCH', `${path}?attributes=userName`, patchOf(TITLE));
    const { id, schemas, userName } = made;
    expect([answer.status, answer.body]).toEqual([200, { id, schemas, userName }]);
  });
});

describe('R-195 R-196 paths that are none', () => {
  it.each([
    'emails[',
    'emails]',
    '1abc',
    'a..b',
    'name.',
    '.name',
    'name..givenName',
    'name givenName',
    'emails[type eq "work"',
    'emails[type eq "work"]value',
    'emails[type eq "work"].',
    'emails[type eq "work"].value.value',
    '/title',
    'nope',
    'name.nope',
    'emails.nope',
    'emails[type eq "work"].nope',
    'members',
    'userName[value eq "x"]',
    'name[givenName eq "x"]',
    'title.value',
    `${ENTERPRISE}:nope`,
    'urn:nope:title',
    `${USER}:`,
    '__proto__',
    '__proto__.polluted',
    'constructor',
    'constructor.prototype.polluted',
    'name.__proto__',
    'name.constructor',
    'emails[type eq "work"].__proto__',
    `${ENTERPRISE}:__proto__.polluted`,
    'toString',
    `emails[value eq "${'x'.repeat(100_000)}"]`,
    `${'a.'.repeat(50_000)}a`,
  ])('%.60s is invalidPath', async (path) => {
    const { refused } = await user();
    for (const op of ['add', 'replace', 'remove', 'Replace']) {
      await refused('invalidPath', { op, path, ...(op === 'remove' ? {} : { value: 'x' }) });
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('R-197 filters in paths are filters', () => {
  it.each([
    'emails[primary gt true]',
    'emails[nope eq "x"]',
    'emails[value regex "x"]',
    'emails[__proto__ pr]',
    'emails[value eq 5].type',
    `emails[${'('.repeat(1000)}value pr${')'.repeat(1000)}]`,
    'emails[]',
    'emails[0]',
  ])('%s', async (path) => {
    const { refused } = await user();
    await refused('invalidFilter', { op: 'remove', path });
    await refused('invalidFilter', { op: 'replace', path, value: { value: 'x' } });
  });
});

it.each(['TITLE', `${USER}:title`, `${USER.toUpperCase()}:Title`])(
  'R-198 %s is title',
  async (path) => {
    const { apply } = await user();
    expect((await apply({ op: 'replace', path, value: 'New' })).title).toBe('New');
    expect(await apply({ op: 'remove', path })).not.toHaveProperty('title');
  },
);

it('R-198 sub-attributes and extensions too', async () => {
  const { apply } = await user();
  const after = await apply(
    { op: 'replace', path: `${USER}:NAME.givenname`, value: 'G' },
    { op: 'replace', path: `${USER}:EMAILS[TYPE EQ "home"].VALUE`, value: 'v' },
    { op: 'add', path: DEPARTMENT.toUpperCase(), value: 'D' },
  );
  expect(after).toMatchObject({ name: { givenName: 'G' }, [ENTERPRISE]: { department: 'D' } });
  expect(after.emails).toContainEqual({ value: 'v', type: 'home' });
});

describe('R-199 what is readOnly is no target', () => {
  it.each([
    'id',
    'meta',
    'meta.created',
    'groups',
    'groups[value eq "x"]',
    `${ENTERPRISE}:manager.displayName`,
  ])('%s', async (path) => {
    const { refused } = await user();
    for (const op of ['add', 'replace']) await refused('mutability', { op, path, value: 'x' });
  });
});

it('R-200 an immutable attribute is set once', async () => {
  const { apply, refused, unchanged } = await device();
  const model = (op: string, value: string) => ({ op, path: 'model', value });
  expect((await apply(model('add', 'A1'))).model).toBe('A1');
  await refused('mutability', model('replace', 'B2'));
  await refused('mutability', model('add', 'B2'));
  await refused('mutability', { op: 'replace', value: { model: 'B2' } });
  await refused('mutability', { op: 'remove', path: 'model' });
  await unchanged(model('replace', 'A1'));
  expect((await (await device()).apply(model('replace', 'C3'))).model).toBe('C3');
});

it('R-200 so are the parts of a member', async () => {
  const { users, refused } = await patchedGroup(service, 1);
  const path = `members[value eq "${users[0]?.id}"].value`;
  await refused('mutability', { op: 'replace', path, value: users[0]?.userName });
});

describe('R-201 values of the wrong type', () => {
  it.each<[string, unknown]>([
    ['title', 5],
    ['title', {}],
    ['title', ['a', 'b']],
    ['active', 'maybe'],
    ['active', 1],
    ['name', 'Barbara'],
    ['name', [{ givenName: 'a' }, { givenName: 'b' }]],
    ['name.givenName', { a: 1 }],
    ['emails', 5],
    ['emails', [5]],
    ['emails', [[]]],
    ['emails[type eq "work"].primary', 'perhaps'],
    ['emails[type eq "work"]', 5],
    ['x509Certificates', [{ value: '!' }]],
    [`${ENTERPRISE}`, 'x'],
    [`${ENTERPRISE}:manager`, 5],
  ])('%s: %j', async (path, value) => {
    const { refused } = await user();
    for (const op of ['add', 'replace']) await refused('invalidValue', { op, path, value });
  });
  it.each([5, 'x', [], ['x'], [[]], true])('without path: %j', async (value) => {
    const { refused } = await user();
    await refused('invalidValue', { op: 'replace', value });
  });
});

it('R-202 userName stays unique', async () => {
  const other = await user();
  const { refused, apply, made } = await user();
  const taken = String(other.made.userName).toUpperCase();
  for (const op of ['add', 'replace']) {
    await refused('uniqueness', { op, path: 'userName', value: taken });
    await refused('uniqueness', TITLE, { op, value: { userName: taken } });
  }
  const upper = String(made.userName).toUpperCase();
  expect((await apply({ op: 'replace', path: 'userName', value: upper })).userName).toBe(upper);
});

describe('R-203 R-204 one primary', () => {
  const primaries = ({ emails }: Resource) =>
    (emails as { value: string; primary?: boolean }[])
      .filter(({ primary }) => primary)
      .map(({ value }) => value);
  it.each<[string, object]>([
    ['set by a filter', { op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
    [
      'added',
      { op: 'add', path: 'emails', value: [{ value: 'h@a.com', type: 'home', primary: true }] },
    ],
    ['merged', { op: 'add', path: 'emails[type eq "home"]', value: { primary: true } }],
    [
      'replaced',
      { op: 'replace', path: 'emails[type eq "home"]', value: { value: 'h@a.com', primary: true } },
    ],
    ['as a string', { op: 'Replace', path: 'emails[type eq "home"].primary', value: 'True' }],
  ])('%s', async (_, operation) => {
    const after = await (await user()).apply(operation);
    expect(primaries(after)).toEqual(['h@a.com']);
  });
  it.each([
    { op: 'add', path: 'emails' },
    { op: 'replace', path: 'emails' },
  ])('two in one value of %j are refused', async (operation) => {
    const value = [
      { value: 'x', primary: true },
      { value: 'y', primary: true },
    ];
    const { refused } = await user();
    await refused('invalidValue', { ...operation, value });
    await refused('invalidValue', { op: operation.op, value: { emails: value } });
  });
  it('nor may a filter make two', async () => {
    const { send, path } = await user();
    await send({ op: 'replace', path: 'emails[type eq "work"].primary', value: true });
    expect(primaries(await read(service, path)).length).toBeLessThan(2);
  });
});

it('R-205 R-206 an extension comes and goes with its URN', async () => {
  const { apply } = await user();
  const path = `${ENTERPRISE}:employeeNumber`;
  const added = await apply({ op: 'add', path, value: '7' });
  expect(added[ENTERPRISE]).toEqual({ employeeNumber: '7' });
  expect(added.schemas).toEqual([USER, ENTERPRISE]);
  const two = await apply({ op: 'add', path: DEPARTMENT, value: 'D' }, { op: 'remove', path });
  expect(two[ENTERPRISE]).toEqual({ department: 'D' });
  const removed = await apply({ op: 'remove', path: DEPARTMENT });
  expect(removed).not.toHaveProperty([ENTERPRISE]);
  expect(removed.schemas).toEqual([USER]);
});

it('R-207 the URN of an extension is a path', async () => {
  const { apply } = await user();
  await apply({ op: 'add', path: DEPARTMENT, value: 'D' });
  const value = { employeeNumber: '7', manager: { value: 'm' } };
  const manager = await create(service, '/Users', { userName: 'themanager' });
  value.manager.value = manager.id;
  const after = await apply({ op: 'add', path: ENTERPRISE, value });
  expect(after[ENTERPRISE]).toMatchObject({ department: 'D', ...value });
  const less = await apply({
    op: 'replace',
    path: ENTERPRISE.toLowerCase(),
    value: { department: 'E' },
  });
  expect(less[ENTERPRISE]).toMatchObject({ department: 'E', employeeNumber: '7' });
  expect(await apply({ op: 'remove', path: ENTERPRISE })).not.toHaveProperty([ENTERPRISE]);
});

describe('schemas as a target', () => {
  it('removing the URN of an extension drops its attributes, the base URN stays', async () => {
    const { apply, refused } = await user({ [ENTERPRISE]: { department: 'D' } });
    await refused('mutability', { op: 'remove', path: `schemas[value eq "${USER}"]` });
    await refused('mutability', { op: 'remove', path: 'schemas' });
    const after = await apply({ op: 'remove', path: `schemas[value eq "${ENTERPRISE}"]` });
    expect(after).not.toHaveProperty([ENTERPRISE]);
    expect(after.schemas).toEqual([USER]);
  });
});

describe('STRICT=true turns off R-216, R-217, R-219, R-228, R-238, R-240', () => {
  it.each<[string, object]>([
    ['noTarget', { op: 'add', path: 'emails[type eq "work"].value', value: 'x' }],
    ['noTarget', { op: 'replace', path: 'emails[type eq "work"].value', value: 'x' }],
    ['invalidSyntax', { op: 'Replace', path: 'title', value: 'x' }],
    ['invalidPath', { op: 'add', value: { 'name.givenName': 'x' } }],
    ['invalidPath', { op: 'add', value: { [DEPARTMENT]: 'x' } }],
    ['invalidPath', { op: 'replace', value: { 'emails[type eq "work"].value': 'x' } }],
    ['invalidPath', { op: 'replace', value: { nope: 'x' } }],
    ['invalidValue', { op: 'replace', path: 'active', value: 'False' }],
    ['invalidValue', { op: 'add', path: `${ENTERPRISE}:manager`, value: 'x' }],
    ['invalidValue', { op: 'remove', path: 'emails', value: [{ value: 'x' }] }],
  ])('%s for %j', async (scimType, operation) => {
    const strict = await startService({ STRICT: 'true' });
    try {
      const { refused } = await patchedUser(strict, {});
      await refused(scimType, operation);
    } finally {
      await strict.close();
    }
  });
  it('and leaves what the text of the RFC has', async () => {
    const strict = await startService({ STRICT: 'true' });
    try {
      const value = { title: 'x', name: { givenName: 'g' }, [ENTERPRISE]: { department: 'D' } };
      const { apply } = await patchedUser(strict, {});
      expect(await apply({ op: 'add', value })).toMatchObject(value);
      expect((await apply({ op: 'add', path: DEPARTMENT, value: 'E' }))[ENTERPRISE]).toEqual({
        department: 'E',
      });
    } finally {
      await strict.close();
    }
  });
});
