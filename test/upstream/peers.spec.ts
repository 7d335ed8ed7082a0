import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Peer } from '../support/peer.js';
import { scim2Server, whyNoScim2Server } from '../support/scim2-server.js';
import { scimmy } from '../support/scimmy.js';
import { type Answer, type Service, startService } from '../support/service.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM = 'urn:mace:surf.nl:sram:scim:extension:User';

/** A resource as clients see it. */
interface Shown {
  readonly id: string;
  readonly userName?: string;
  readonly meta: { readonly version: string; readonly location: string; readonly created: string };
  readonly members?: readonly { readonly value: string; readonly display?: string }[];
  readonly groups?: readonly { readonly value: string }[];
}
interface List {
  readonly totalResults: number;
  readonly Resources: readonly Shown[];
}

/** What other servers lack, as this one says once each: it is done here, and clients see nothing of it. */
const PEERS: readonly {
  readonly name: string;
  readonly missing: string | undefined;
  readonly start: () => Promise<Peer>;
  readonly gaps: readonly string[];
}[] = [
  {
    name: 'scimmy-routers',
    missing: undefined,
    start: scimmy,
    gaps: [
      'filters tell apart what differs in letter case only',
      'users do not show the groups that they are in',
      `refuses filters like ${ENTERPRISE}:manager.value eq …`,
    ],
  },
  {
    name: 'scim2-server',
    missing: whyNoScim2Server(),
    start: scim2Server,
    gaps: [
      'lists are not in the order of creation',
      'users do not show the groups that they are in',
    ],
  },
];

for (const { name, missing, start, gaps } of PEERS) {
  describe.skipIf(missing !== undefined)(`${name} as the upstream server`, () => {
    let peer: Peer;
    let service: Service;
    beforeAll(async () => {
      peer = await start();
      service = await startService({ FORWARD_SCIM_URL: peer.url, FORWARD_SCIM_KEY: peer.key });
    });
    afterAll(async () => {
      await service?.close();
      await peer?.stop();
    });

    const post = (path: string, body: object): Promise<Answer> =>
      service.request('POST', path, { body });
    const patch = (path: string, ...Operations: readonly object[]): Promise<Answer> =>
      service.request('PATCH', path, {
        body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations },
      });
    const create = async (userName: string, over: object = {}): Promise<Shown> => {
      const made = await post('/Users', { schemas: [USER], userName, ...over });
      expect([made.status, made.text]).toEqual([201, expect.any(String)]);
      return made.json<Shown>();
    };
    const group = async (displayName: string, ...members: readonly Shown[]): Promise<Shown> => {
      const elements = members.map(({ id }) => ({ value: id }));
      const made = await post('/Groups', { schemas: [GROUP], displayName, members: elements });
      expect([made.status, made.text]).toEqual([201, expect.any(String)]);
      return made.json<Shown>();
    };
    const list = async (path: string, parameters: Record<string, string>): Promise<List> => {
      const found = await service.request('GET', `${path}?${new URLSearchParams(parameters)}`);
      expect([found.status, found.text]).toEqual([200, expect.any(String)]);
      return found.json<List>();
    };
    const membersOf = async ({ id }: Shown): Promise<readonly string[]> => {
      const { body } = await service.request('GET', `/Groups/${id}`);
      return ((body as Shown).members ?? []).map(({ value }) => value).sort();
    };

    it('R-463 keeps a user as it was sent, at a location of ours', async () => {
      const sent = {
        externalId: 'kept',
        name: { givenName: 'An', familyName: 'Ng' },
        emails: [{ value: 'an@example.org', type: 'work', primary: true }],
        active: true,
        [ENTERPRISE]: { department: 'History' },
        schemas: [USER, ENTERPRISE],
      };
      const made = await create('kept', sent);
      const { body } = await service.request('GET', `/Users/${made.id}`);
      expect(body).toMatchObject({ ...sent, userName: 'kept', id: made.id });
      expect(made.meta.location).toMatch(new RegExp(`/Users/${made.id}$`));
      expect(made.meta.location).not.toContain(new URL(peer.url).port);
    });

    it('R-463 finds by any filter, sorts and pages', async () => {
      for (const [i, letter] of ['c', 'a', 'e', 'b', 'd'].entries()) {
        await create(`page-${letter}`, { title: i % 2 === 0 ? 'Even' : 'Odd', active: i !== 4 });
      }
      const names = async (parameters: Record<string, string>) => {
        const { totalResults, Resources } = await list('/Users', parameters);
        return [totalResults, ...Resources.map(({ userName }) => userName)];
      };
      expect(await names({ filter: 'userName eq "PAGE-A"' })).toEqual([1, 'page-a']);
      const even = 'userName sw "page-" and title eq "even" and not (active eq false)';
      const sorted = { sortBy: 'userName' };
      expect(await names({ filter: even, ...sorted })).toEqual([2, 'page-c', 'page-e']);
      const all = { filter: 'userName sw "page-"', ...sorted };
      expect(await names({ ...all, startIndex: '2', count: '2' })).toEqual([5, 'page-b', 'page-c']);
      const back = { ...all, sortOrder: 'descending', count: '1' };
      expect(await names(back)).toEqual([5, 'page-e']);
      const element = 'emails[type eq "work" and value co "an@"]';
      expect(await names({ filter: element })).toEqual([1, 'kept']);
      expect(await names({ filter: 'userName eq "nobody"' })).toEqual([0]);
    });

    it('R-463 changes by PUT and PATCH, and compares versions', async () => {
      const made = await create('changing', { emails: [{ value: 'a@b.nl', type: 'work' }] });
      const path = `/Users/${made.id}`;
      const value = 'c@d.nl';
      const patched = await patch(path, {
        op: 'replace',
        path: 'emails[type eq "work"].value',
        value,
      });
      expect([patched.status, patched.body]).toMatchObject([200, { emails: [{ value }] }]);
      const version = patched.json<Shown>().meta.version;
      expect(version).not.toBe(made.meta.version);
      const again = await patch(path, {
        op: 'replace',
        path: 'emails[type eq "work"].value',
        value,
      });
      expect(again.json<Shown>().meta.version).toBe(version);
      const put = { schemas: [USER], userName: 'changed', title: 'T' };
      const stale = { body: put, headers: { 'If-Match': made.meta.version } };
      expect((await service.request('PUT', path, stale)).status).toBe(412);
      const replaced = await service.request('PUT', path, { body: put });
      expect([replaced.status, replaced.body]).toMatchObject([200, { userName: 'changed' }]);
      expect(replaced.body).not.toHaveProperty('emails');
    });

    it('R-463 keeps members by what changes of them, and shows them from both sides', async () => {
      const [ann, ben, cas] = [await create('ann'), await create('ben'), await create('cas')];
      const made = await group('crew', ann, ben);
      const path = `/Groups/${made.id}`;
      const added = await patch(path, { op: 'add', path: 'members', value: [{ value: cas.id }] });
      expect(added.status).toBe(200);
      expect(await membersOf(made)).toEqual([ann.id, ben.id, cas.id].sort());
      await patch(path, { op: 'add', path: 'members', value: [{ value: cas.id }] });
      expect(await membersOf(made)).toEqual([ann.id, ben.id, cas.id].sort());
      const removed = await patch(path, { op: 'remove', path: `members[value eq "${ben.id}"]` });
      expect(removed.json<Shown>().meta.version).not.toBe(added.json<Shown>().meta.version);
      expect(await membersOf(made)).toEqual([ann.id, cas.id].sort());
      const held = await list('/Groups', { filter: `members.value eq "${cas.id}"` });
      expect(held.Resources.map(({ id }) => id)).toEqual([made.id]);
      const { body } = await service.request('GET', `/Users/${ann.id}`);
      expect((body as Shown).groups).toMatchObject([{ value: made.id }]);
      expect((await service.request('DELETE', `/Users/${ann.id}`)).status).toBe(204);
      expect(await membersOf(made)).toEqual([cas.id]);
      const named = await service.request('PUT', path, {
        body: { schemas: [GROUP], displayName: 'staff', members: [{ value: ben.id }] },
      });
      expect([named.status, await membersOf(made)]).toEqual([200, [ben.id]]);
    });

    it('R-463 refuses what is wrong as any store does', async () => {
      await create('taken', { externalId: 'taken' });
      for (const twin of [{ userName: 'TAKEN' }, { userName: 'other', externalId: 'taken' }]) {
        const refused = await post('/Users', { schemas: [USER], ...twin });
        expect([refused.status, refused.body]).toMatchObject([409, { scimType: 'uniqueness' }]);
      }
      const nobody = { value: 'f'.repeat(32) };
      const unknown = { schemas: [GROUP], displayName: 'g', members: [nobody] };
      expect((await post('/Groups', unknown)).status).toBe(400);
      for (const id of ['nobody', 'no%2Fbody', '%2FGroups', 'no%0Abody', '%20']) {
        expect([id, (await service.request('GET', `/Users/${id}`)).status]).toEqual([id, 404]);
      }
      expect((await service.request('DELETE', '/Users/nobody')).status).toBe(404);
      const foreign = {
        schemas: [USER, SRAM],
        userName: 'sram',
        [SRAM]: { eduPersonUniqueId: 'x' },
      };
      const refused = await post('/Users', foreign);
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(SRAM)]);
    });

    it('R-463 does not do everything that it says, and each of it is told once', async () => {
      const { Resources } = await list('/Users', {});
      const created = Resources.map(({ meta }) => meta.created);
      expect(created).toEqual([...created].sort());
      const told = service.log.map(({ msg }) => String(msg)).filter((msg) => /upstream/i.test(msg));
      expect(told.sort()).toEqual(gaps.map((gap) => expect.stringContaining(gap)));
    });
  });
}
