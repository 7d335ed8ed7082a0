import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  delta,
  groupDraft,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  userDraft,
} from '../testing/scratch.js';
import { noSlapd } from '../testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`changes of many members at once ${missing ?? ''}`, () => {
  let scratch: Scratch;
  let opened: Opened;
  let ids: readonly string[];
  beforeAll(async () => {
    scratch = await Scratch.start();
    opened = await scratch.open();
    ids = Array.from({ length: 200 }, (_, i) => `user-${i}`);
    for (const id of ids) await opened.users.put({ ...userDraft(id), id }, { now: NOW });
  });
  afterAll(() => scratch?.remove());

  it('R-387 refuse unknown members that a directory takes for one', async () => {
    const { groups } = opened;
    const created = groups.put(groupDraft('alike', ['Q', 'q']), { now: NOW });
    await expect(created).rejects.toMatchObject({ code: 'unsupported' });
    await expect(created).rejects.toThrow('cannot tell "Q" from "q"');
    const group = await groups.put(groupDraft('alike', ['Q']), { now: NOW });
    const added = groups.applyDelta?.(group.id, delta(['x', 'X']), { now: NOW });
    await expect(added).rejects.toMatchObject({ code: 'unsupported' });
    expect(await membersOf(groups, group.id)).toEqual(['Q']);
  });

  it('R-387 refuse an unknown member that a directory takes for one that is there', async () => {
    const { groups } = opened;
    const group = await groups.put(groupDraft('alike', ['Q']), { now: NOW });
    const add = (...ids: readonly string[]) =>
      groups.applyDelta?.(group.id, delta(ids), { now: NOW });
    await expect(add('q')).rejects.toMatchObject({ code: 'unsupported' });
    await expect(add('new', 'q')).rejects.toThrow('cannot tell "Q" from "q"');
    expect((await add('Q'))?.changed).toBe(false);
    expect(await membersOf(groups, group.id)).toEqual(['Q']);
    // A user of that name would become the member.
    await expect(add('USER-1')).rejects.toThrow('cannot tell "user-1" from "USER-1"');
    await expect(add('USER-1', 'other')).rejects.toMatchObject({ code: 'unsupported' });
    const created = groups.put(groupDraft('alike', ['USER-1']), { now: NOW });
    await expect(created).rejects.toMatchObject({ code: 'unsupported' });
    // Stated as a whole it takes the other one's place.
    const { version } = (await groups.get(group.id))?.meta ?? {};
    const draft = { ...groupDraft('alike', ['q']), id: group.id };
    await groups.put(draft, { now: NOW, ...(version === undefined ? {} : { ifVersion: version }) });
    expect(await membersOf(groups, group.id)).toEqual(['q']);
  });

  it('R-396 that name no resource come back with the type that they came with', async () => {
    const { groups } = opened;
    const elements = async (id: string) => (await groups.get(id, { expand: ['members'] }))?.members;
    const members = [{ value: 'a', type: 'User' }, { value: 'b', type: 'Group' }, { value: 'c' }];
    const group = await groups.put({ ...groupDraft('typed'), members }, { now: NOW });
    expect(await elements(group.id)).toEqual(members);
    const change = (add: readonly { value: string; type?: string }[], remove: string[]) =>
      groups.applyDelta?.(group.id, [{ relation: 'members', add, remove }], { now: NOW });
    await change([{ value: 'd', type: 'User' }], ['a']);
    const after = [{ value: 'b', type: 'Group' }, { value: 'c' }, { value: 'd', type: 'User' }];
    expect(await elements(group.id)).toEqual(after);
    await change([{ value: 'a' }], ['d']);
    expect(await elements(group.id)).toEqual([...after.slice(0, 2), { value: 'a' }]);
  });

  it('R-253 do not read the group, whatever of them is there already', async () => {
    const { groups } = opened;
    const group = await groups.put(groupDraft('many', ids.slice(0, 100)), { now: NOW });
    const change = async (add: readonly string[], remove: readonly string[]) => {
      const log = await scratch.slapd.logOf(async () => {
        const done = await groups.applyDelta?.(group.id, delta(add, remove), { now: NOW });
        expect(done?.changed).toBe(true);
      });
      expect(log).toMatch(/MOD attr=.*\bmember\b/);
      expect(log).not.toMatch(/SRCH attr=.*\bmember\b/);
      return membersOf(groups, group.id);
    };
    expect(await change(ids.slice(100, 180), [])).toEqual(ids.slice(0, 180));
    expect(await change(ids.slice(150), [])).toEqual(ids);
    expect(await change([], [...ids.slice(0, 60), 'nobody'])).toEqual(ids.slice(60));
    expect(await change(ids.slice(30, 90), ids.slice(0, 30).concat(ids.slice(190)))).toEqual([
      ...ids.slice(60, 190),
      ...ids.slice(30, 60),
    ]);
    const same = await groups.applyDelta?.(group.id, delta(ids.slice(60, 90)), { now: NOW });
    expect(same?.changed).toBe(false);
  });
});
