import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceStore, Stored } from '#backend';
import type { JsonObject } from '#scim';
import { LdapConnector } from '../../ldap.connector.js';
import { guidText } from '../../mapping/guid.js';
import { connect } from '../../port/connect.js';
import type { Connection, Entry } from '../../port/directory.js';
import { openLdapts } from '../../port/ldapts.connection.js';
import {
  delta,
  groupDraft,
  groupType,
  membersOf,
  NOW,
  registry,
  search,
  userDraft,
  userType,
} from '../scratch.js';
import { runningDirectory } from './directory-server.js';
import { freshUnit } from './fresh-unit.js';

const server = runningDirectory();
/** Names are one domain's, whatever unit they stand in. */
const TAG = randomBytes(3).toString('hex');
const JANE = `jane@${TAG}.example.org`;
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** What administrators of a domain have made themselves, and what becomes of it. */
describe.runIf(server.layouts.includes('activedirectory'))('Active Directory', () => {
  let base = '';
  let line: Connection;
  let users: ResourceStore;
  let groups: ResourceStore;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const { port, userName, password } = server;
    const at = { secure: false, host: '127.0.0.1', port };
    base = await freshUnit(server);
    line = await connect(openLdapts, {
      ...{ server: at, startTls: false, ca: undefined, userName, password },
      ...{ connectTimeout: 30_000, timeout: 30_000 },
    });
    await byHand('OU=Staff', { objectClass: ['organizationalUnit'], ou: ['Staff'] });
    await byHand('CN=Jane Doe,OU=Staff', {
      objectClass: ['user'],
      sAMAccountName: [`jdoe${TAG}`],
      userPrincipalName: [JANE],
      displayName: ['Jane Doe'],
      mail: ['jane@example.org'],
      proxyAddresses: ['SMTP:jane@example.org', 'smtp:doe@example.org', 'sip:jane'],
      physicalDeliveryOfficeName: ['B 17'],
      userAccountControl: ['66082'], // disabled, and its password never expires
    });
    await byHand('CN=Old,OU=Staff', { objectClass: ['user'], sAMAccountName: [`old${TAG}`] });
    await byHand('CN=Team,OU=Staff', {
      objectClass: ['group'],
      sAMAccountName: [`team${TAG}`],
      member: [`CN=Jane Doe,OU=Staff,${base}`],
    });
    const connector = new LdapConnector({
      ...{ servers: [at], baseName: base, userName, password, layout: 'activedirectory' },
    });
    const backend = await connector.open(registry.types);
    users = backend.store(userType);
    groups = backend.store(groupType);
    close = () => backend.close();
  });

  afterAll(async () => {
    line.close();
    await close();
  });

  it('R-492 serves accounts and groups where they stand, found by userName and mail', async () => {
    const [jane] = await found(`userName eq "${JANE.toUpperCase()}"`);
    expect(jane).toMatchObject({
      userName: JANE,
      displayName: 'Jane Doe',
      active: false,
      emails: [{ value: 'jane@example.org' }, { value: 'doe@example.org' }],
    });
    for (const filter of ['emails.value eq "jane@example.org"', 'emails eq "doe@example.org"']) {
      expect((await found(filter)).map(({ id }) => id)).toEqual([jane?.id]);
    }
    const old = [{ userName: `old${TAG}` }];
    expect(await found(`userName eq "old${TAG}"`)).toMatchObject(old);
    expect(await found('userName sw "o"')).toMatchObject(old);
    const [team] = await found('displayName eq "Team"', groups);
    expect(team).toMatchObject({ displayName: 'Team' });
    expect(await membersOf(groups, team?.id ?? '')).toEqual([jane?.id]);
    const held = await users.get(jane?.id ?? '', { expand: ['groups'] });
    expect(held?.groups).toMatchObject([{ value: team?.id, type: 'direct' }]);
    const entry = await entryOf('CN=Jane Doe,OU=Staff');
    expect(guidText(entry.attributes.get('objectguid')?.[0])).toBe(jane?.id);
  });

  it('R-492 adopts an account: what it does not know of stays', async () => {
    const [jane] = await found(`userName eq "${JANE}"`);
    const changed = await put(jane, { active: true, externalId: 'hr-17', nickName: 'JD' });
    expect(changed).toMatchObject({ externalId: 'hr-17', nickName: 'JD', active: true });
    expect(changed.id).toBe(jane?.id);
    expect(await found('externalId eq "hr-17"')).toMatchObject([{ id: jane?.id }]);
    const { attributes } = await entryOf('CN=Jane Doe,OU=Staff');
    const texts = (name: string) => (attributes.get(name) ?? []).map(String).sort();
    expect(texts('userprincipalname')).toEqual([JANE]);
    expect(texts('samaccountname')).toEqual([`jdoe${TAG}`]);
    expect(texts('physicaldeliveryofficename')).toEqual(['B 17']);
    expect(texts('useraccountcontrol')).toEqual(['66080']);
    expect(texts('proxyaddresses').map((text) => text.toLowerCase())).toEqual([
      'sip:jane',
      'smtp:doe@example.org',
      'smtp:jane@example.org',
    ]);
    expect((await users.get(changed.id))?.meta.version).toBe(changed.meta.version);
  });

  it('R-493 an account name that does not fit is made, and the userName comes back', async () => {
    const names = [
      `a.very.long.name.that.no.domain.takes.${TAG}`,
      `with "quotes" and/${TAG}`,
      `same${TAG}@one.example.org`,
      `same${TAG}@other.example.org`,
      `same${TAG}`,
    ];
    const made = new Set<string>();
    for (const userName of names) {
      const { id } = await create({ userName });
      expect((await users.get(id))?.userName).toBe(userName);
      expect((await found(`userName eq ${JSON.stringify(userName)}`)).length).toBe(1);
      const entry = await guidEntry(id);
      const account = String(entry.attributes.get('samaccountname')?.[0]);
      expect(account.length).toBeLessThanOrEqual(20);
      made.add(account.toLowerCase());
    }
    expect(made.size).toBe(names.length);
  });

  it('R-494 what others disable is not active, and bits of theirs stay', async () => {
    const { id } = await create({ userName: `bits-${TAG}`, active: true });
    const { dn } = await guidEntry(id);
    await replace(dn, 'userAccountControl', '66050');
    expect((await users.get(id))?.active).toBe(false);
    await put(await users.get(id), { active: true });
    const state = (await guidEntry(id)).attributes.get('useraccountcontrol');
    expect(state?.map(String)).toEqual(['66048']);
  });

  it('R-495 a member list that comes in parts is read to its end', async () => {
    const ids = await Promise.all(
      Array.from({ length: 7 }, async (_, i) => (await create({ userName: `part${i}-${TAG}` })).id),
    );
    const group = await createGroup(ids);
    const dn = (await guidEntry(group.id)).dn;
    const found = await line.search({
      ...{ base: dn, scope: 'base' },
      attributes: ['member;range=0-2'],
    });
    expect(found[0]?.attributes.get('member')).toHaveLength(ids.length);
    expect([...(await membersOf(groups, group.id))].sort()).toEqual([...ids].sort());
  });

  it('R-496 a manager is a name in the directory, and whom others name is the manager', async () => {
    const boss = await create({ userName: `boss-${TAG}` });
    const other = await create({ userName: `other-boss-${TAG}` });
    const { id } = await create({
      userName: `clerk-${TAG}`,
      [ENTERPRISE]: { manager: { value: boss.id } },
    });
    const { dn, attributes } = await guidEntry(id);
    expect(String(attributes.get('manager')?.[0])).toBe((await guidEntry(boss.id)).dn);
    await replace(dn, 'manager', (await guidEntry(other.id)).dn);
    const read = await users.get(id);
    expect(read?.[ENTERPRISE]).toEqual({ manager: { value: other.id } });
    const without = await put(read, { [ENTERPRISE]: { department: 'IT' } });
    expect(without[ENTERPRISE]).toEqual({ department: 'IT' });
    expect((await guidEntry(id)).attributes.has('manager')).toBe(false);
  });

  it('a member that is there already, or is not, is no change', async () => {
    const one = await create({ userName: `member-one-${TAG}` });
    const two = await create({ userName: `member-two-${TAG}` });
    const group = await createGroup([one.id]);
    expect((await groups.applyDelta?.(group.id, delta([one.id], []), { now: NOW }))?.changed).toBe(
      false,
    );
    expect((await groups.applyDelta?.(group.id, delta([], [two.id]), { now: NOW }))?.changed).toBe(
      false,
    );
    expect(
      (await groups.applyDelta?.(group.id, delta([two.id], [one.id]), { now: NOW }))?.changed,
    ).toBe(true);
    expect(await membersOf(groups, group.id)).toEqual([two.id]);
  });

  /** What a filter finds. */
  async function found(filter: string, store = users): Promise<readonly Stored[]> {
    const { ids } = await search(store, store === users ? userType : groupType, filter);
    const stored = await Promise.all(ids.map((id) => store.get(id)));
    return stored.filter((one) => one !== undefined);
  }

  function create({ userName, ...over }: JsonObject & { userName: string }): Promise<Stored> {
    return users.put(userDraft(userName, over), { now: NOW });
  }

  function createGroup(ids: readonly string[]): Promise<Stored> {
    return groups.put(groupDraft('Some group', ids), { now: NOW });
  }

  function put(stored: Stored | undefined, over: JsonObject): Promise<Stored> {
    if (stored === undefined) throw new Error('there is no such user');
    return users.put({ ...stored, ...over }, { now: NOW, ifVersion: stored.meta.version });
  }

  async function byHand(rdn: string, attributes: Readonly<Record<string, readonly string[]>>) {
    const values = Object.entries(attributes).map(
      ([name, texts]) => [name, texts.map((text) => Buffer.from(text))] as const,
    );
    await line.add(`${rdn},${base}`, new Map(values), []);
  }

  async function replace(dn: string, attribute: string, value: string): Promise<void> {
    await line.modify(dn, [{ operation: 'replace', attribute, values: [Buffer.from(value)] }], []);
  }

  function entryOf(rdn: string): Promise<Entry> {
    return entryNamed(`${rdn},${base}`);
  }

  function guidEntry(id: string): Promise<Entry> {
    return entryNamed(`<GUID=${id}>`);
  }

  async function entryNamed(name: string): Promise<Entry> {
    const [entry] = await line.search({ base: name, scope: 'base', attributes: ['*'] });
    if (entry === undefined) throw new Error(`there is no ${name}`);
    return entry;
  }
});
