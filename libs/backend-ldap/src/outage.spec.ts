import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BackendError, type Stored } from '#backend';
import { groupDraft, NOW, Scratch, userDraft } from './testing/scratch.js';
import { noSlapd, type SlapdOptions } from './testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`a server that goes away ${missing ?? ''}`, () => {
  const scratches: Scratch[] = [];
  const start = async (options: SlapdOptions = {}) => {
    const scratch = await Scratch.start(options);
    scratches.push(scratch);
    return scratch;
  };
  afterEach(async () => {
    for (const scratch of scratches.splice(0)) await scratch.remove();
  });

  it('stopped and started under load, loses nothing that was answered', {
    timeout: 60_000,
  }, async () => {
    const scratch = await start({ durable: true });
    const { users, groups } = await scratch.open();
    const group = await groups.put(groupDraft('all'), { now: NOW });
    const answered: Stored[] = [];
    const joined: string[] = [];
    const failures = new Set<string>();
    let recovered = 0;
    const stop = new AbortController();
    let restarts = 0;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; !stop.signal.aborted; i++) {
        try {
          const stored = await users.put(userDraft(`w${writer}-${i}`), { now: NOW });
          answered.push(stored);
          if (restarts > 0) recovered++;
          const add = [
            { relation: 'members', add: [{ value: stored.id, type: 'User' }], remove: [] },
          ];
          await groups.applyDelta?.(group.id, add, { now: NOW });
          joined.push(stored.id);
        } catch (error) {
          failures.add(error instanceof BackendError ? error.code : String(error));
          await delay(10);
        }
      }
    });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await delay(500);
      await scratch.slapd.down(signal);
      await delay(100);
      await scratch.slapd.up();
      restarts++;
    }
    await delay(500);
    stop.abort();
    await Promise.all(writers);
    expect([...failures]).toEqual(['unavailable']);
    expect(recovered).toBeGreaterThan(5);
    expect(answered.length).toBeGreaterThan(20);
    for (const stored of answered) expect(await users.get(stored.id)).toEqual(stored);
    const members = (await groups.get(group.id, { expand: ['members'] }))?.members;
    const ids = new Set((members as readonly { value: string }[]).map(({ value }) => value));
    expect(joined.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('answers unavailable in time where it hangs, and works again', {
    timeout: 30_000,
  }, async () => {
    const scratch = await start({ overlays: ['sssvlv'] });
    const { users, backend } = await scratch.open({ timeout: 400, connectTimeout: 300 });
    const list = async () => users.query?.({ start: { offset: 0 }, limit: 1 });
    expect((await list())?.paged).toBe(true);
    const user = await users.put(userDraft('before'), { now: NOW });
    await scratch.slapd.freeze();
    const begun = Date.now();
    const attempts = [
      () => users.get(user.id),
      () => users.put(userDraft('during'), { now: NOW }),
      () => backend.ping(AbortSignal.timeout(5000)),
      list,
      async () => {
        for await (const _ of users.scan()) break;
      },
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(Date.now() - begun).toBeLessThan(6000);
    scratch.slapd.thaw();
    expect(await users.get(user.id)).toEqual(user);
    expect(await list()).toMatchObject({ paged: true, total: 1 });
  });

  it('goes over to the next server, bound again', { timeout: 30_000 }, async () => {
    const [first, second] = [await start(), await start()];
    const servers = [first.slapd.server, second.slapd.server];
    const { users } = await first.open({ servers });
    await second.open(); // makes the units there
    await users.put(userDraft('on-the-first'), { now: NOW });
    await first.slapd.down();
    const stored = await users.put(userDraft('on-the-second'), { now: NOW });
    expect(await (await second.open()).users.get(stored.id)).toEqual(stored);
    await second.slapd.down();
    await first.slapd.up();
    const found: string[] = [];
    for await (const user of users.scan()) found.push(String(user.userName));
    expect(found).toEqual(['on-the-first']);
  });

  it('keeps idle connections alive', async () => {
    const scratch = await start();
    const { users } = await scratch.open({ keepAliveEvery: 50 });
    await users.get('nobody');
    const before = scratch.slapd.log.length;
    await vi.waitFor(() => expect(scratch.slapd.log.slice(before)).toContain('SRCH base=""'), {
      timeout: 30_000,
    });
  });

  it('keeps a mapping that the configuration gives', async () => {
    const scratch = await start();
    const attributes = { User: { title: 'title', externalId: 'employeeNumber' }, Group: {} };
    const { users } = await scratch.open({ attributes });
    const over = { title: 'Dr', externalId: 'E-1' };
    const stored = await users.put({ ...userDraft('mapped', over), id: 'mapped' }, { now: NOW });
    const dn = 'cn=mapped,ou=Users,dc=example,dc=org';
    expect(scratch.values(dn, 'title')).toEqual(['Dr']);
    expect(scratch.values(dn, 'employeeNumber')).toEqual(['E-1']);
    expect(await users.get('mapped')).toEqual(stored);
    const { users: unmapped } = await scratch.open();
    expect(await unmapped.get('mapped')).not.toHaveProperty('title');
  });
});
