import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';

/**
 * SRAM (SBS, server/scim): every GET, POST and PUT with both SCIM media type headers and X-Service,
 * DELETE with neither media type; looks up by externalId, writes to `base + meta.location`, and
 * sweeps by startIndex alone.
 */
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const SRAM_USER = 'urn:mace:surf.nl:sram:scim:extension:User';
const SRAM_GROUP = 'urn:mace:surf.nl:sram:scim:extension:Group';
const HEADERS = {
  'X-Service': '7',
  Accept: 'application/scim+json',
  'Content-Type': 'application/scim+json',
};
const DELETE_HEADERS = { 'X-Service': '7', Accept: '*/*' };

interface Listed {
  id: string;
  externalId?: string;
  meta: { location: string };
  [key: string]: unknown;
}

const service = describeService({ PAGE_SIZE: '4' });

/** JSON in ASCII with \u escapes, as Python's json.dumps writes it. */
function ascii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function send(method: string, path: string, body?: unknown) {
  const headers = method === 'DELETE' ? DELETE_HEADERS : HEADERS;
  return service.request(method, path, {
    headers,
    ...(body === undefined ? {} : { body: ascii(body) }),
  });
}

async function lookUp(type: string, externalId: string): Promise<Listed | undefined> {
  const filter = `externalId%20eq%20%22${externalId}%22`;
  const { status, body } = await send('GET', `/${type}?filter=${filter}`);
  expect(status).toBe(200);
  const { totalResults, Resources } = body as { totalResults: number; Resources: Listed[] };
  expect(totalResults).toBe(Resources.length);
  return Resources[0];
}

/** Until `totalResults` are collected, with startIndex alone; a page without progress ends the test. */
async function sweep(type: string): Promise<Listed[]> {
  const collected: Listed[] = [];
  for (;;) {
    const { body } = await send('GET', `/${type}?startIndex=${collected.length + 1}`);
    const page = body as { totalResults: number; Resources: Listed[] };
    if (page.totalResults === collected.length) return collected;
    expect(page.Resources.length).toBeGreaterThan(0);
    collected.push(...page.Resources);
  }
}

function user(name: string) {
  return {
    schemas: [USER, SRAM_USER],
    externalId: `${name}@sram.surf.nl`,
    userName: name,
    name: { givenName: 'Jörg', familyName: '' },
    displayName: 'Jörg 李',
    active: true,
    emails: [{ value: `${name}@example.org`, primary: true }],
    x509Certificates: [{ value: Buffer.from('ssh-ed25519 AAAAC3Nza').toString('base64') }],
    [SRAM_USER]: {
      eduPersonScopedAffiliation: '',
      eduPersonUniqueId: `${name}@unique`,
      voPersonExternalAffiliation: 'employee@example.org',
      voPersonExternalId: '',
      sramInactiveDays: 0,
    },
  };
}

function group(name: string, members: readonly string[]) {
  return {
    schemas: [GROUP, SRAM_GROUP],
    externalId: `${name}@sram.surf.nl`,
    displayName: 'admins',
    [SRAM_GROUP]: {
      description: 'The admins',
      urn: `org:co:${name}`,
      links: [
        { name: 'sbs_url', value: 'https://sram.surf.nl/collaborations/1' },
        { name: 'logo', value: null },
      ],
    },
    members: members.map((value) => ({
      value,
      display: 'Somebody',
      $ref: `https://sram.surf.nl/api/scim_mock/Users/${value}`,
    })),
  };
}

describe('SRAM', () => {
  let jdoe: Listed;
  let admins: Listed;

  it('R-094 R-068 creates a user it does not find, and is told a relative location', async () => {
    expect(await lookUp('Users', 'jdoe@sram.surf.nl')).toBeUndefined();
    const { status, body, headers } = await send('POST', '/Users', user('jdoe'));
    expect(status).toBe(201);
    jdoe = body as Listed;
    expect(jdoe.meta.location).toBe(`/Users/${jdoe.id}`);
    expect(headers.get('location')).toBe(`${service.url}/Users/${jdoe.id}`);
    expect(jdoe[SRAM_USER]).toEqual(user('jdoe')[SRAM_USER]);
    expect(jdoe.emails).toEqual(user('jdoe').emails);
    expect(jdoe.name).toEqual({ givenName: 'Jörg', familyName: '' });
  });

  it('a failed look-up leads to a second POST, which is 409', async () => {
    const { status, body } = await send('POST', '/Users', user('jdoe'));
    expect(status).toBe(409);
    expect(body).toMatchObject({ scimType: 'uniqueness', status: '409' });
  });

  it('finds the user by externalId and updates it at base + meta.location', async () => {
    const found = await lookUp('Users', 'jdoe@sram.surf.nl');
    expect(found?.id).toBe(jdoe.id);
    const changed = { ...user('jdoe'), id: jdoe.id, displayName: 'Jörg L.' };
    const { status, body } = await send('PUT', found?.meta.location ?? '', changed);
    expect(status).toBe(200);
    expect(body).toMatchObject({ displayName: 'Jörg L.', externalId: 'jdoe@sram.surf.nl' });
    expect((body as Listed).meta.location).toBe(`/Users/${jdoe.id}`);
  });

  it('R-186 pushes a group; foreign $refs are rewritten, a null logo is left out', async () => {
    const { status, body } = await send('POST', '/Groups', group('co-1', [jdoe.id]));
    expect(status).toBe(201);
    admins = body as Listed;
    expect(admins.members).toEqual([
      { value: jdoe.id, $ref: `/Users/${jdoe.id}`, type: 'User', display: 'Jörg L.' },
    ]);
    expect(admins[SRAM_GROUP]).toEqual({
      description: 'The admins',
      urn: 'org:co:co-1',
      links: [
        { name: 'sbs_url', value: 'https://sram.surf.nl/collaborations/1' },
        { name: 'logo' },
      ],
    });
  });

  it('another collaboration has a group of the same displayName', async () => {
    const { status } = await send('POST', '/Groups', group('co-2', []));
    expect(status).toBe(201);
  });

  it('a member that could not be created is refused and nothing is stored', async () => {
    const { status, body } = await send('POST', '/Groups', group('co-3', ['new@sram.surf.nl']));
    expect(status).toBe(400);
    expect(body).toMatchObject({ scimType: 'invalidValue' });
    expect((body as { detail: string }).detail).toContain('new@sram.surf.nl');
    expect(await lookUp('Groups', 'co-3@sram.surf.nl')).toBeUndefined();
  });

  it('R-185 changes the members by PUT', async () => {
    const { body } = await send('POST', '/Users', user('second'));
    const second = body as Listed;
    const put = await send('PUT', admins.meta.location, group('co-1', [second.id]));
    expect(put.status).toBe(200);
    expect(
      (put.body as { members: { value: string }[] }).members.map(({ value }) => value),
    ).toEqual([second.id]);
    const first = await send('GET', `/Users/${jdoe.id}`);
    expect((first.body as Listed).groups).toBeUndefined();
  });

  it('R-109 sweeps all users and groups by startIndex alone', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      await send('POST', '/Users', user(name));
    const users = await sweep('Users');
    expect(users.map(({ externalId }) => externalId).sort()).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'jdoe', 'second'].map((n) => `${n}@sram.surf.nl`),
    );
    const groups = await sweep('Groups');
    expect(groups).toHaveLength(2);
    const ids = new Set(users.map(({ id }) => id));
    for (const { members } of groups) {
      for (const { value } of (members as { value: string }[] | undefined) ?? []) {
        expect(ids).toContain(value);
      }
    }
    for (const one of users) expect(Object.values(one)).not.toContain(null);
  });

  it('what was sent comes back unchanged, so that a sweep updates nothing', async () => {
    const found = (await lookUp('Users', 'a@sram.surf.nl')) as Listed;
    const sent = user('a');
    for (const key of Object.keys(sent)) {
      expect(found[key], key).toEqual((sent as Record<string, unknown>)[key]);
    }
    const again = await send('PUT', found.meta.location, { ...sent, id: found.id });
    expect((again.body as { meta: unknown }).meta).toEqual(found.meta);
  });

  it('an empty list still has Resources', async () => {
    const { body } = await send('GET', '/Users?filter=externalId%20eq%20%22nobody%22');
    expect(body).toMatchObject({ totalResults: 0, Resources: [] });
  });

  it('deletes by location without media types, and deletes the group', async () => {
    const second = (await lookUp('Users', 'second@sram.surf.nl')) as Listed;
    expect((await send('DELETE', second.meta.location)).status).toBe(204);
    const { body } = await send('GET', admins.meta.location);
    expect((body as Listed).members).toEqual([]);
    expect((await send('DELETE', admins.meta.location)).status).toBe(204);
    expect((await sweep('Groups')).map(({ externalId }) => externalId)).toEqual([
      'co-2@sram.surf.nl',
    ]);
  });
});
