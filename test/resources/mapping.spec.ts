import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  expectError,
  list,
  patchOf,
  type Resource,
  read,
  SRAM_GROUP,
  SRAM_USER,
  USER,
} from '../support/scim.js';

/** USER_MAPPING and GROUP_MAPPING, as the reference has them: onto the id and onto userName. */
const service = describeService({
  USER_MAPPING: JSON.stringify({
    id: 'externalId',
    userName: 'sram_user_extension.eduPersonUniqueId',
    displayName: 'name.familyName',
    title: 'emails.value',
  }),
  GROUP_MAPPING: JSON.stringify({ id: 'sram_group_extension.urn', displayName: 'externalId' }),
});

const unique = (eduPersonUniqueId: string) => ({
  schemas: [USER, SRAM_USER],
  [SRAM_USER]: { eduPersonUniqueId },
});

describe('USER_MAPPING', () => {
  it('gives attributes the values of others', async () => {
    const user = await create(service, '/Users', {
      ...unique('barbara@sram'),
      userName: 'sent',
      externalId: 'ext-1',
      displayName: 'sent',
      name: { familyName: 'Jensen' },
      emails: [{ value: 'b@x.org' }, { value: 'a@x.org', primary: true }],
    });
    expect(user).toMatchObject({
      id: 'ext-1',
      userName: 'barbara@sram',
      displayName: 'Jensen',
      title: 'a@x.org',
      externalId: 'ext-1',
    });
    expect(user.meta.location).toBe(`${service.url}/Users/ext-1`);
    expect(await read(service, '/Users/ext-1')).toEqual(user);
    const found = await list(service, '/Users', { filter: 'userName eq "BARBARA@sram"' });
    expect(found.Resources.map(({ id }) => id)).toEqual(['ext-1']);
  });

  it('a source without a value leaves its target alone', async () => {
    const user = await create(service, '/Users', { userName: 'sent2', externalId: 'ext-2' });
    expect(user).toMatchObject({ id: 'ext-2', userName: 'sent2' });
    const { id } = await create(service, '/Users', { userName: 'sent3' });
    expect(id).toMatch(/\S/);
  });

  it('R-065 R-084 an id and a userName that are made so are unique as well', async () => {
    await create(service, '/Users', { ...unique('dup'), userName: 'a', externalId: 'dup-1' });
    const again = { ...unique('DUP'), userName: 'b', externalId: 'dup-2' };
    expectError(await service.request('POST', '/Users', { body: again }), 409, 'uniqueness');
    const sameId = { schemas: [USER], userName: 'c', externalId: 'dup-1' };
    expectError(await service.request('POST', '/Users', { body: sameId }), 409, 'uniqueness');
    // The ids of all types are one space.
    const urn = { schemas: [SRAM_GROUP], displayName: 'x', [SRAM_GROUP]: { urn: 'dup-1' } };
    const group = await service.request('POST', '/Groups', { body: urn });
    expectError(group, 409, 'uniqueness');
  });

  it('works on PUT and PATCH, and an id stays as it was made', async () => {
    const made = await create(service, '/Users', {
      ...unique('first@sram'),
      userName: 'x',
      externalId: 'ext-5',
    });
    const put = await service.request('PUT', `/Users/${made.id}`, {
      body: { ...unique('second@sram'), userName: 'x', externalId: 'ext-5b' },
    });
    expect(put.status, put.text).toBe(200);
    expect(put.json<Resource>()).toMatchObject({ id: 'ext-5', userName: 'second@sram' });
    const path = `${SRAM_USER}:eduPersonUniqueId`;
    const patched = await service.request(
      'PATCH',
      `/Users/${made.id}`,
      patchOf({ op: 'replace', path, value: 'third@sram' }),
    );
    expect(patched.json<Resource>()).toMatchObject({ id: 'ext-5', userName: 'third@sram' });
  });

  it('R-065 an id that could not be a path, or names bulkId, is refused', async () => {
    for (const externalId of ['bulkId:1', '..', '.']) {
      const body = { schemas: [USER], userName: `u${externalId}`, externalId };
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidValue');
    }
    for (const externalId of ['a/b', 'ü x', 'abc@sram.surf.nl', '%2e%2e', '__proto__']) {
      const body = { schemas: [USER], userName: `u${externalId}`, externalId };
      const answer = await service.request('POST', '/Users', { body });
      if (answer.status !== 201) {
        expectError(answer, 400, 'invalidValue');
        continue;
      }
      const { id, meta } = answer.json<Resource>();
      expect(id).toBe(externalId);
      // Whatever it is, its location leads to it.
      const shown = await fetch(meta.location, { headers: { Authorization: 'Bearer test-key' } });
      expect(shown.status, externalId).toBe(200);
      expect(((await shown.json()) as Resource).id).toBe(externalId);
      const relative = await read(service, `/Users/${encodeURIComponent(id)}`, {
        'X-Service': '1',
      });
      expect((await service.request('GET', relative.meta.location)).status).toBe(200);
    }
  });
});

describe('GROUP_MAPPING', () => {
  it('does the same for groups, and members find them', async () => {
    const user = await create(service, '/Users', { userName: 'member', externalId: 'member-1' });
    const group = await create(service, '/Groups', {
      schemas: [SRAM_GROUP],
      displayName: 'sent',
      externalId: 'shown',
      members: [{ value: user.id }],
      [SRAM_GROUP]: { urn: 'org:co:group' },
    });
    expect(group).toMatchObject({ id: 'org:co:group', displayName: 'shown' });
    const shown = await read(service, `/Users/${user.id}`);
    expect(shown.groups).toMatchObject([{ value: 'org:co:group', display: 'shown' }]);
    const ref = (shown.groups as readonly { $ref: string }[])[0]?.$ref ?? '';
    const answer = await fetch(ref, { headers: { Authorization: 'Bearer test-key' } });
    expect(answer.status).toBe(200);
  });
});
