import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  ENTERPRISE,
  expectError,
  GROUP,
  type List,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';

/** What clients send by public reports: form encoders, authentik, Entra, JumpCloud, Keycloak. */
const service = describeService();

let count = 0;
const user = (more: object = {}) =>
  create(service, '/Users', { userName: `reported-${++count}`, ...more });

const managerOf = async ({ id }: Resource) => {
  const extension = (await read(service, `/Users/${id}`))[ENTERPRISE];
  return (extension as { manager?: { value: string } } | undefined)?.manager?.value;
};

async function patch({ id }: Resource, ...operations: readonly object[]): Promise<Resource> {
  const answer = await service.request('PATCH', `/Users/${id}`, patchOf(...operations));
  expect(answer.status, answer.text).toBe(200);
  return answer.json<Resource>();
}

describe('clients that build the query with a form encoder', () => {
  const find = async (path: string, filter: string) => {
    const form = new URLSearchParams({ excludedAttributes: 'members', filter });
    const answer = await service.request('GET', `${path}?${form}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.json<List>().Resources.map(({ id }) => id);
  };

  it('R-017 find a name with blanks, and with a plus', async () => {
    const guides = await create(service, '/Groups', { displayName: 'Tour Guides' });
    const url = '/Groups?excludedAttributes=members&filter=displayName+eq+%22Tour+Guides%22';
    const found = (await service.request('GET', url)).json<List>();
    expect(found.Resources.map(({ id }) => id)).toEqual([guides.id]);
    const plus = await create(service, '/Groups', { displayName: 'C++ and D + E' });
    expect(await find('/Groups', 'displayName eq "C++ and D + E"')).toEqual([plus.id]);
    expect(await find('/Groups', 'displayName eq "C   and D   E"')).toEqual([]);
    const mail = await user({ emails: [{ value: 'a+b c@x.org', type: 'work' }] });
    expect(await find('/Users', 'emails[type eq "work"].value eq "a+b c@x.org"')).toEqual([
      mail.id,
    ]);
  });
});

describe('groups without members, which authentik repairs', () => {
  it('R-062 have an empty list of members wherever they are shown', async () => {
    const made = await create(service, '/Groups', { displayName: 'empty' });
    expect(made.members).toEqual([]);
    const path = `/Groups/${made.id}`;
    expect((await read(service, path)).members).toEqual([]);
    expect((await read(service, `${path}?attributes=members`)).members).toEqual([]);
    const listed = await service.request('GET', '/Groups?filter=displayName%20eq%20%22empty%22');
    expect(listed.json<List>().Resources).toMatchObject([{ members: [] }]);
    const renamed = patchOf({ op: 'replace', value: { displayName: 'empty still' } });
    expect((await service.request('PATCH', path, renamed)).body).toMatchObject({ members: [] });
    for (const query of ['excludedAttributes=members', 'attributes=displayName']) {
      expect(await read(service, `${path}?${query}`)).not.toHaveProperty('members');
    }
  });
});

describe('Entra', () => {
  it.each([
    ['manager', `${ENTERPRISE}:manager`],
    ['its name alone', 'manager'],
  ])('R-310 sets and removes a manager in a list of one, by %s', async (_name, path) => {
    const [boss, report] = [await user(), await user()];
    const value = [{ $ref: `https://entra.example/Users/${boss.id}`, value: boss.id }];
    await patch(report, { op: 'Add', path, value });
    expect(await managerOf(report)).toBe(boss.id);
    await patch(report, { op: 'Remove', path, value: [{ value: 'another' }] });
    expect(await managerOf(report)).toBe(boss.id);
    await patch(report, { op: 'Remove', path, value });
    expect(await managerOf(report)).toBeUndefined();
    await patch(report, { op: 'Replace', path, value: [{ value: boss.id }] });
    expect(await managerOf(report)).toBe(boss.id);
    const two = patchOf({ op: 'Add', path, value: [{ value: boss.id }, { value: report.id }] });
    expectError(await service.request('PATCH', `/Users/${report.id}`, two), 400, 'invalidValue');
  });

  it('R-310 sends lists of one in POST and PUT, and plain values as {value}', async () => {
    const boss = await user();
    const manager = {
      schemas: [USER, ENTERPRISE],
      [ENTERPRISE]: { manager: [{ value: boss.id }] },
    };
    const report = await user(manager);
    expect(await managerOf(report)).toBe(boss.id);
    const body = { ...manager, userName: report.userName };
    const replaced = await service.request('PUT', `/Users/${report.id}`, { body });
    expect(replaced.status, replaced.text).toBe(200);
    expect(await managerOf(report)).toBe(boss.id);
    const renamed = await patch(report, { op: 'Add', path: 'title', value: [{ value: 'Guide' }] });
    expect(renamed.title).toBe('Guide');
    const path = 'name';
    const named = await patch(report, { op: 'Add', path, value: [{ givenName: 'Jane' }] });
    expect(named.name).toMatchObject({ givenName: 'Jane' });
  });

  it('R-311 removes a manager by a filter, and what stands beside it is done', async () => {
    const [boss, report] = [await user(), await user()];
    await patch(report, { op: 'add', path: 'manager', value: boss.id });
    const off = { op: 'replace', path: 'active', value: false };
    const remove = (id: string) => ({ op: 'remove', path: `manager[value eq "${id}"]` });
    expect((await patch(report, remove('another'), off)).active).toBe(false);
    expect(await managerOf(report)).toBe(boss.id);
    await patch(report, remove(boss.id));
    expect(await managerOf(report)).toBeUndefined();
  });

  it('R-312 sends a role as JSON in a string, and it stays one role', async () => {
    const packed = JSON.stringify({ id: 'r1', value: 'Admin', displayName: 'The Admin' });
    const person = await user({ roles: [{ value: packed, primary: true }] });
    const role = { value: 'Admin', display: 'The Admin', primary: true };
    expect(person.roles).toEqual([role]);
    const added = await patch(person, { op: 'Add', path: 'roles', value: [{ value: packed }] });
    expect(added.roles).toEqual([role]);
    const path = 'roles[primary eq "True"].value';
    const other = JSON.stringify({ id: 'r2', value: 'Guest', displayName: 'A guest' });
    const replaced = await patch(person, { op: 'Replace', path, value: other });
    expect(replaced.roles).toEqual([{ value: 'Guest', display: 'A guest', primary: true }]);
    const removed = await patch(person, { op: 'Remove', path: 'roles', value: [{ value: other }] });
    expect(removed).not.toHaveProperty('roles');
  });
});

describe('clients whose base URL ends in a slash', () => {
  it('R-313 are answered at //Users', async () => {
    const body = { schemas: [USER], userName: 'slashes' };
    const made = (await service.request('POST', '//Users', { body })).json<Resource>();
    expect(made.meta.location).toBe(`${service.url}/Users/${made.id}`);
    expect((await service.request('GET', `//Users//${made.id}`)).status).toBe(200);
    expect((await service.request('GET', '//Users?filter=userName%20pr')).status).toBe(200);
  });
});

describe('bodies at the wrong endpoint', () => {
  it("R-314 with another type's schema alone are refused, and nothing is done", async () => {
    const person = await user({ title: 'Guide' });
    const path = `/Users/${person.id}`;
    const body = { schemas: [GROUP], userName: person.userName, displayName: 'x' };
    expectError(await service.request('POST', '/Users', { body }), 400, 'invalidSyntax');
    expectError(await service.request('PUT', path, { body }), 400, 'invalidSyntax');
    expect(await read(service, path)).toMatchObject({ title: 'Guide' });
    const group = { schemas: [USER], displayName: 'x' };
    expectError(await service.request('POST', '/Groups', { body: group }), 400, 'invalidSyntax');
    for (const schemas of [[], undefined, [USER, GROUP], ['urn:scim:schemas:core:1.0']]) {
      const accepted = { ...body, schemas };
      expect((await service.request('PUT', path, { body: accepted })).status).toBe(200);
    }
  });
});

describe('references that are given by $ref alone', () => {
  it.each([
    ['relative', (id: string) => `/Users/${id}`],
    ['relative as in the RFC', (id: string) => `../Users/${id}`],
    ['absolute', (id: string) => `${service.url}/Users/${id}`],
    ['absolute, with the version', (id: string) => `${service.url}/v2/Users/${id}`],
  ])('R-315 name the resource they lead to: %s', async (_form, uri) => {
    const [boss, report] = [await user(), await user()];
    const $ref = uri(boss.id);
    const made = await user({ [ENTERPRISE]: { manager: { $ref } } });
    expect(await managerOf(made)).toBe(boss.id);
    await patch(report, { op: 'add', path: 'manager', value: { $ref } });
    expect(await managerOf(report)).toBe(boss.id);
    const group = await create(service, '/Groups', { displayName: 'g', members: [{ $ref }] });
    expect(group.members).toMatchObject([{ value: boss.id, type: 'User' }]);
    const remove = patchOf({ op: 'remove', path: 'members', value: [{ $ref }] });
    await service.request('PATCH', `/Groups/${group.id}`, remove);
    expect((await read(service, `/Groups/${group.id}`)).members).toEqual([]);
    await patch(report, { op: 'remove', path: 'manager.$ref' });
    expect(await managerOf(report)).toBeUndefined();
  });

  it('R-315 are refused where they lead elsewhere', async () => {
    const person = await user();
    const elsewhere = `https://other.example/Users/${person.id}`;
    for (const $ref of [
      elsewhere,
      `/Groups/${person.id}`,
      '/Nowhere/1',
      'x',
      '/Users/',
      '/Users/%',
    ]) {
      const manager = { userName: `u-${$ref}`, [ENTERPRISE]: { manager: { $ref } } };
      expectError(await service.request('POST', '/Users', { body: manager }), 400, 'invalidValue');
      const operation = { op: 'add', path: 'manager', value: { $ref } };
      const answer = await service.request('PATCH', `/Users/${person.id}`, patchOf(operation));
      expectError(answer, 400, 'invalidValue');
    }
    for (const $ref of [elsewhere, '/Nowhere/1']) {
      const body = { schemas: [GROUP], displayName: 'g', members: [{ $ref }] };
      expectError(await service.request('POST', '/Groups', { body }), 400, 'invalidValue');
    }
    // Beside a value it says nothing new: SRAM's leads to SRAM.
    const member = { value: person.id, $ref: elsewhere };
    const group = await create(service, '/Groups', { displayName: 'g', members: [member] });
    expect(group.members).toMatchObject([{ value: person.id }]);
  });
});
