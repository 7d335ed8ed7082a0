import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { BADGE, deviceOf, deviceSchemas } from '../support/device.js';
import {
  create,
  ENTERPRISE,
  expectError,
  list,
  PATCH,
  query,
  type Resource,
  SEARCH,
  USER,
} from '../support/scim.js';

const ATTRIBUTES = {
  schemas: [USER, ENTERPRISE, BADGE],
  userName: 'bjensen',
  externalId: 'x',
  password: 't1meMa$heen',
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  displayName: 'Babs',
  emails: [
    { value: 'b@x.org', type: 'work', primary: true },
    { value: 'c@x.org', type: 'home' },
  ],
  [ENTERPRISE]: {
    department: 'Tours',
    costCenter: '4130',
    manager: { value: 'm', displayName: 'M' },
  },
  [BADGE]: { number: 7, hint: 'blue' },
};

const service = describeService({ SCHEMA_PATH: deviceSchemas(), UNKNOWN_MEMBERS: 'accept' });
let user: Resource;
beforeAll(async () => {
  user = await create(service, '/Users', ATTRIBUTES);
});

const get = (parameters: Readonly<Record<string, string>>) =>
  service.request('GET', `/Users/${user.id}${query(parameters)}`);

async function projected(parameters: Readonly<Record<string, string>>) {
  const answer = await get(parameters);
  expect(answer.status, answer.text).toBe(200);
  return answer.json<Record<string, unknown>>();
}

const always = () => ({ id: user.id, schemas: user.schemas });

describe('R-156 R-157 R-161 R-162 R-163 attributes', () => {
  const department = { [ENTERPRISE]: { department: 'Tours' } };
  const names = { name: { givenName: 'Barbara' } };
  const values = { emails: [{ value: 'b@x.org' }, { value: 'c@x.org' }] };
  it.each<[string, object]>([
    ['userName', { userName: 'bjensen' }],
    ['USERNAME', { userName: 'bjensen' }],
    [`${USER}:userName`, { userName: 'bjensen' }],
    [`${USER.toUpperCase()}:UserName`, { userName: 'bjensen' }],
    ['name.givenName,emails.value', { ...names, ...values }],
    [`${USER}:name.givenName`, names],
    ['name', { name: ATTRIBUTES.name }],
    ['name,name.givenName', { name: ATTRIBUTES.name }],
    ['emails', { emails: ATTRIBUTES.emails }],
    ['id', {}],
    ['schemas', {}],
    ['title', {}],
    ['name.middleName', {}],
    [`${ENTERPRISE}:department`, department],
    [`${ENTERPRISE.toLowerCase()}:DEPARTMENT`, department],
    [`${ENTERPRISE}:manager.value`, { [ENTERPRISE]: { manager: { value: 'm' } } }],
    [`${ENTERPRISE}:division`, {}],
  ])('%s', async (attributes, expected) => {
    expect(await projected({ attributes })).toEqual({ ...always(), ...expected });
  });
  it('an URN alone is the whole extension', async () => {
    const whole = await projected({ attributes: ENTERPRISE });
    expect(whole).toEqual({ ...always(), [ENTERPRISE]: user[ENTERPRISE] });
    expect(whole[ENTERPRISE]).toMatchObject({ department: 'Tours', costCenter: '4130' });
  });
});

describe('R-158 R-159 R-163 excludedAttributes', () => {
  it('leaves out what is named, and no more', async () => {
    const excludedAttributes = 'emails,name.familyName';
    const { emails, name, ...others } = await projected({});
    expect([emails, name]).toEqual([ATTRIBUTES.emails, ATTRIBUTES.name]);
    expect(await projected({ excludedAttributes })).toEqual({
      ...others,
      name: { givenName: 'Barbara' },
    });
  });
  it.each<[string, readonly string[]]>([
    ['id,schemas,ID', []],
    ['meta', ['meta']],
    ['name.givenName,name.familyName', ['name']],
    ['emails.value,emails.type,emails.primary', ['emails']],
    [`${ENTERPRISE}`, [ENTERPRISE]],
    [`${ENTERPRISE.toUpperCase()}`, [ENTERPRISE]],
    [`${ENTERPRISE}:department,${ENTERPRISE}:costCenter,${ENTERPRISE}:manager`, [ENTERPRISE]],
    [`${USER}:displayName`, ['displayName']],
  ])('%s', async (excludedAttributes, gone) => {
    const whole = await projected({});
    const rest = Object.entries(whole).filter(([name]) => !gone.includes(name));
    expect(await projected({ excludedAttributes })).toEqual(Object.fromEntries(rest));
  });
});

describe('R-159 what is never returned', () => {
  it.each([
    { attributes: 'password' },
    { attributes: `${USER}:PASSWORD,id` },
    { excludedAttributes: 'id' },
  ])('%j', async (parameters) => {
    const answer = await get(parameters);
    expect(answer.text).not.toMatch(/password|t1me/i);
    expect(answer.json<Resource>().id).toBe(user.id);
  });
});

it('R-160 returned=request comes only when it is named', async () => {
  expect((await projected({}))[BADGE]).toEqual({ number: 7 });
  expect(await projected({ attributes: `${BADGE}:hint` })).toEqual({
    ...always(),
    [BADGE]: { hint: 'blue' },
  });
  expect((await list(service, '/Users')).Resources[0]?.[BADGE]).toEqual({ number: 7 });
  expect(
    (await list(service, '/Users', { attributes: `${BADGE}:hint` })).Resources[0]?.[BADGE],
  ).toEqual({ hint: 'blue' });
});

it('R-160 after a write it comes when the client has sent it', async () => {
  const body = deviceOf('s1', { notes: 'quiet' });
  const made = (await service.request('POST', '/Devices', { body })).json<Resource>();
  expect(made.notes).toBe('quiet');
  const operation = (path: string) => ({
    body: { schemas: [PATCH], Operations: [{ op: 'replace', path, value: 'loud' }] },
    headers: { Prefer: 'return=representation' },
  });
  const one = `/Devices/${made.id}`;
  const other = await service.request('PATCH', one, operation('displayName'));
  expect(other.json<Resource>().displayName).toBe('loud');
  expect(other.body).not.toHaveProperty('notes');
  const notes = await service.request('PATCH', one, operation('notes'));
  expect(notes.json<Resource>().notes).toBe('loud');
  expect((await service.request('GET', one)).body).not.toHaveProperty('notes');
});

describe('R-164 both parameters, and names that are unknown', () => {
  it('both are invalidValue', async () => {
    const both = { attributes: 'userName', excludedAttributes: 'emails' };
    expectError(await get(both), 400, 'invalidValue');
    const lists = await service.request('GET', `/Users${query(both)}`);
    expectError(lists, 400, 'invalidValue');
    const body = { schemas: [SEARCH], ...both };
    expectError(await service.request('POST', '/Users/.search', { body }), 400, 'invalidValue');
  });
  it('both are refused before anything is written', async () => {
    const body = { schemas: [USER], userName: 'both' };
    const answer = await service.request(
      'POST',
      '/Users?attributes=userName&excludedAttributes=emails',
      { body },
    );
    expectError(answer, 400, 'invalidValue');
    expect((await list(service, '/Users', { filter: 'userName eq "both"' })).totalResults).toBe(0);
    const remove = `/Users/${user.id}?attributes=userName&excludedAttributes=emails`;
    const put = await service.request('PUT', remove, { body: { ...ATTRIBUTES, title: 'x' } });
    expectError(put, 400, 'invalidValue');
    expect(await projected({ attributes: 'title' })).toEqual(always());
  });
  it.each(['nope', '__proto__', 'constructor', 'urn:x:y:z', 'a[b', ',', 'name.__proto__'])(
    'ignores %s',
    async (unknown) => {
      expect(await projected({ attributes: `userName,${unknown}` })).toEqual({
        ...always(),
        userName: 'bjensen',
      });
      expect(await projected({ excludedAttributes: unknown })).toEqual(await projected({}));
    },
  );
  it('nothing but unknown names is the minimum', async () => {
    expect(await projected({ attributes: 'nope' })).toEqual(always());
  });
});

describe('R-165 projection of every operation that answers with resources', () => {
  const write = (method: string, path: string, body: object) =>
    service.request(method, `${path}?attributes=displayName`, { body });
  const keys = (resource: unknown) => Object.keys(resource as object).sort();
  it('lists and .search', async () => {
    const { Resources } = await list(service, '/Users', { attributes: 'displayName' });
    expect(Resources.map(keys)).toContainEqual(['displayName', 'id', 'schemas']);
    const body = { schemas: [SEARCH], attributes: ['displayName'] };
    const found = await service.request('POST', '/Users/.search', { body });
    expect(found.json<{ Resources: unknown }>().Resources).toEqual(Resources);
  });
  it('POST, PUT, PATCH', async () => {
    const body = { schemas: [USER], userName: 'written', displayName: 'W', title: 'T' };
    const post = await write('POST', '/Users', body);
    expect(post.status).toBe(201);
    expect(keys(post.body)).toEqual(['displayName', 'id', 'schemas']);
    const path = `/Users/${post.json<Resource>().id}`;
    const put = await write('PUT', path, { ...body, title: 'U' });
    expect([put.status, keys(put.body)]).toEqual([200, ['displayName', 'id', 'schemas']]);
    const operations = { Operations: [{ op: 'replace', path: 'title', value: 'V' }] };
    const patch = await write('PATCH', path, { schemas: [PATCH], ...operations });
    expect([patch.status, keys(patch.body)]).toEqual([200, ['displayName', 'id', 'schemas']]);
  });
});

describe('R-166 lists with blanks, and given twice', () => {
  it.each([
    '?attributes=userName,%20emails.value',
    '?attributes=userName,+emails.value',
    '?attributes=userName&attributes=emails.value',
    '?attributes=%20userName%20%2C%20,emails.value,',
  ])('%s', async (search) => {
    const answer = await service.request('GET', `/Users/${user.id}${search}`);
    expect(answer.body).toEqual({
      ...always(),
      userName: 'bjensen',
      emails: [{ value: 'b@x.org' }, { value: 'c@x.org' }],
    });
  });
});

it('R-167 groups without their members, which stay where they are', async () => {
  const members = [{ value: user.id }];
  const group = await create(service, '/Groups', { displayName: 'x', members });
  const parameters = { excludedAttributes: 'members', filter: 'displayName eq "x"' };
  const [found] = (await list(service, '/Groups', parameters)).Resources;
  expect(found).not.toHaveProperty('members');
  expect(found?.displayName).toBe('x');
  const { members: _, ...others } = group;
  expect(found).toEqual(others);
});
