import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  create,
  ENTERPRISE,
  expectError,
  expectNoNulls,
  list,
  patchOf,
  type Resource,
  read,
  SRAM_USER,
  USER,
} from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

let service: Service;
let strict: Service;
beforeAll(async () => {
  [service, strict] = await Promise.all([startService(), startService({ STRICT: 'true' })]);
});
afterAll(() => Promise.all([service.close(), strict.close()]));

let counter = 0;
const name = () => `user-${++counter}`;
const post = (attributes: object, to: Service = service) =>
  to.request('POST', '/Users', { body: { schemas: [USER], userName: name(), ...attributes } });
const made = (attributes: Readonly<Record<string, unknown>>) =>
  create(service, '/Users', { userName: name(), ...attributes });
const again = (resource: Resource) => read(service, `/Users/${resource.id}`);

describe('values', () => {
  it('R-052 values of a wrong type are invalidValue', async () => {
    const integer = (text: string) =>
      `{"schemas":["${USER}"],"userName":"${name()}","${SRAM_USER}":{"sramInactiveDays":${text}}}`;
    for (const text of ['1.5', '1e3', '"5"', 'true', '[1]', '{}', '1E2', '1.0e1']) {
      const answer = await service.request('POST', '/Users', { body: integer(text) });
      expectError(answer, 400, 'invalidValue');
    }
    for (const text of ['5', '0', '-1']) {
      const answer = await service.request('POST', '/Users', { body: integer(text) });
      expect(answer.status, text).toBe(201);
      expect(answer.json<Resource>()[SRAM_USER]).toEqual({ sramInactiveDays: Number(text) });
    }
    for (const wrong of [
      { active: 1 },
      { active: 'yes' },
      { active: {} },
      { displayName: 123 },
      { displayName: true },
      { displayName: ['x'] },
      { displayName: { value: 'x' } },
      { name: 'Barbara' },
      { name: ['Barbara'] },
      { name: { familyName: 5 } },
      { emails: [{ value: 5 }] },
      { emails: [{ value: 'a@b.org', primary: 1 }] },
      { userName: 5 },
      { userName: ['x'] },
      { externalId: 5 },
      { profileUrl: 5 },
      { [ENTERPRISE]: 'x' },
      { [ENTERPRISE]: { manager: { value: 5 } } },
    ]) {
      const answer = await post(wrong);
      expectError(answer, 400, 'invalidValue');
    }
  });

  it('R-053 "False" and "True" are booleans for Entra; STRICT=true refuses them', async () => {
    for (const [sent, stored] of [
      ['False', false],
      ['false', false],
      ['True', true],
      ['true', true],
    ] as const) {
      expect((await again(await made({ active: sent }))).active).toBe(stored);
      expectError(await post({ active: sent }, strict), 400, 'invalidValue');
    }
  });

  it('R-057 one object stands for a list of one; STRICT=true refuses it', async () => {
    const emails = { value: 'a@b.org', type: 'work' };
    expect((await again(await made({ emails }))).emails).toEqual([emails]);
    expectError(await post({ emails }, strict), 400, 'invalidValue');
  });

  it('R-058 only one element can be primary', async () => {
    const emails = ['a', 'b'].map((value) => ({ value: `${value}@b.org`, primary: true }));
    expectError(await post({ emails }), 400, 'invalidValue');
    const spelt = emails.map(({ value }) => ({ value, primary: 'True' }));
    expectError(await post({ emails: spelt }), 400, 'invalidValue');
  });

  it('R-059 no primary counts as false', async () => {
    const user = await made({
      emails: [{ value: 'p@b.org' }, { value: 'q@b.org', primary: true }],
    });
    const found = async (filter: string) =>
      (await list(service, '/Users', { filter: `userName eq "${user.userName}" and ${filter}` }))
        .totalResults;
    expect(await found('emails[value eq "p@b.org" and primary eq false]')).toBe(1);
    expect(await found('emails[value eq "p@b.org" and primary eq true]')).toBe(0);
    expect(await found('emails[value eq "q@b.org" and primary eq true]')).toBe(1);
  });

  it('R-060 the same value and type is returned once, the same value with another type twice', async () => {
    const emails = [
      { value: 'a@b.org', type: 'work' },
      { value: 'a@b.org', type: 'home' },
      { value: 'a@b.org', type: 'work' },
    ];
    expect((await again(await made({ emails }))).emails).toEqual(emails.slice(0, 2));
  });

  it('R-061 null and empty lists on create are as if left out', async () => {
    const nothing = await made({});
    const user = await made({
      nickName: null,
      emails: [],
      name: null,
      phoneNumbers: null,
      addresses: [null],
      [ENTERPRISE]: null,
      externalId: null,
    });
    expect(Object.keys(user).sort()).toEqual(Object.keys(nothing).sort());
    expect(user.schemas).toEqual([USER]);
    // Nulls inside are left out as well.
    const inner = await made({
      name: { familyName: 'x', givenName: null },
      emails: [{ value: 'a@b.org', type: null }],
      [ENTERPRISE]: { department: null, manager: null },
    });
    expect(inner.name).toEqual({ familyName: 'x' });
    expect(inner.emails).toEqual([{ value: 'a@b.org' }]);
    expect(inner).not.toHaveProperty(ENTERPRISE);
    expect(inner.schemas).toEqual([USER]);
  });

  it('R-062 what is unassigned is absent from every answer', async () => {
    const user = await made({ nickName: 'x', emails: [{ value: 'a@b.org' }] });
    const path = `/Users/${user.id}`;
    const answers = [
      await service.request('PATCH', path, patchOf({ op: 'remove', path: 'nickName' })),
      await service.request('PATCH', path, patchOf({ op: 'replace', path: 'emails', value: [] })),
      await service.request('PATCH', path, patchOf({ op: 'replace', path: 'title', value: null })),
      await service.request('GET', path),
      await service.request('GET', '/Users'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expectNoNulls(answer.body);
    }
    const shown = await again(user);
    for (const absent of ['nickName', 'emails', 'title', 'groups']) {
      expect(shown).not.toHaveProperty(absent);
    }
  });

  it('R-063 R-064 letters come back in the case they were sent in', async () => {
    const externalId = `Ext-${name()}-ÄÖ`;
    const user = await made({ userName: `MiXeD.${name()}`, displayName: 'ßÉa', externalId });
    const shown = await again(user);
    expect(shown.userName).toBe(user.userName);
    expect(String(shown.userName)).toMatch(/^MiXeD\./);
    expect(shown).toMatchObject({ displayName: 'ßÉa', externalId });
  });

  it('R-055 R-056 R-073 binaries are base64 in any of its forms, whatever they hold', async () => {
    const certificate = (value: string) => ({ x509Certificates: [{ value }] });
    const ssh = Buffer.from('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 bjensen@host').toString('base64');
    for (const value of [ssh, 'YQ==', 'YQ', 'YWI=', 'YWI', '-_-_', '+/+/', 'YWJj']) {
      const user = await made(certificate(value));
      expect((await again(user)).x509Certificates).toEqual([{ value }]);
    }
    for (const value of ['not base64!', 'Y', 'YQ===', 'YQ=a', '=', 'ä', 'YW J']) {
      const answer = await post(certificate(value));
      expectError(answer, 400, 'invalidValue');
    }
  });

  it('R-072 values off the canonical formats are kept as sent', async () => {
    const sent = {
      addresses: [{ country: 'United States', type: 'work' }],
      phoneNumbers: [{ value: '555 1234', type: 'Weird type' }],
      emails: [{ value: 'Bob@EXAMPLE.com' }],
      locale: 'random text',
      preferredLanguage: '!!',
      timezone: 'Mars/Olympus',
      profileUrl: 'QWERTY',
      photos: [{ value: 'not a url' }],
    };
    expect(await again(await made(sent))).toMatchObject(sent);
  });

  it('R-074 "" is accepted for optional strings, and pr is false on it', async () => {
    const user = await made({
      title: '',
      nickName: '',
      [SRAM_USER]: { eduPersonUniqueId: '', voPersonExternalId: 'x' },
    });
    const present = async (path: string) =>
      (await list(service, '/Users', { filter: `id eq "${user.id}" and ${path} pr` })).totalResults;
    expect(await present('title')).toBe(0);
    expect(await present('nickName')).toBe(0);
    expect(await present(`${SRAM_USER}:eduPersonUniqueId`)).toBe(0);
    expect(await present(`${SRAM_USER}:voPersonExternalId`)).toBe(1);
  });

  it('R-075 userName cannot be empty or blank', async () => {
    for (const userName of ['', ' ', '\t', ' \u00a0 ', '\u3000', null]) {
      expectError(await post({ userName }), 400, 'invalidValue');
      const user = await made({});
      const body = { schemas: [USER], userName };
      const put = await service.request('PUT', `/Users/${user.id}`, { body });
      expectError(put, 400, 'invalidValue');
    }
  });
});
