import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Backend, BackendError, MemoryBackend, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { eventually } from '../testing/consumer.js';
import {
  type Fixture,
  fixture,
  group,
  now,
  registry,
  temporaryFolder,
  user,
} from '../testing/fixture.js';

/** A store in memory that outlives its backend and breaks when it is told to. */
class Fragile implements Backend {
  private readonly memory = new MemoryBackend(registry.types);
  /** Called before and after each write; a throw breaks it there. */
  before: () => void = () => undefined;
  after: () => void = () => undefined;
  ping = () => this.memory.ping();
  close = async () => undefined;

  readonly supports = this.memory.supports;

  store(type: ResourceType): ResourceStore {
    const store = this.memory.store(type);
    const around = async <T>(write: () => Promise<T>): Promise<T> => {
      this.before();
      const result = await write();
      this.after();
      return result;
    };
    return {
      scan: (options) => store.scan(options),
      get: (id, options) => store.get(id, options),
      put: (draft, context) => around(() => store.put(draft, context)),
      delete: (id, context) => around(() => store.delete(id, context)),
    };
  }
}

describe('a backend with a journal', () => {
  let folder: { path: string; remove(): Promise<void> };
  let inner: Fragile;
  let at: Fixture;

  beforeEach(async () => {
    folder = await temporaryFolder();
    inner = new Fragile();
    at = await fixture(folder.path, inner);
  });
  afterEach(async () => {
    await at.backend.close();
    await folder.remove();
  });

  /** The end of an intent is written after the answer. */
  const ended = () => eventually(() => at.backend.outbox.openIntents.length === 0);

  async function forget(): Promise<void> {
    await ended();
    const { outbox } = at.backend;
    await outbox.done((await outbox.read(10)).map(({ id }) => id));
  }

  const entries = async () =>
    (await at.backend.outbox.read(1000)).map(({ record }) => [
      record.operation,
      record.resource?.userName ?? record.resource?.displayName ?? record.id,
    ]);

  /** The process dies within a write: nobody gets to write the end of the intent. */
  async function crash(when: 'before' | 'after', write: () => Promise<unknown>): Promise<void> {
    const { outbox } = at.backend;
    const end = outbox.end;
    outbox.end = () => new Promise(() => undefined);
    inner[when] = () => {
      throw new Error('the process dies');
    };
    await expect(write()).rejects.toThrow('dies');
    inner[when] = () => undefined;
    outbox.end = end;
    // Another writer's line; the intent itself is on the disk already.
    await at.backend.close();
    at = await fixture(folder.path, inner);
  }

  it('announces a create that was written when the process died', async () => {
    await crash('after', () => at.users.put(user('jane'), { now: now() }));
    expect(await entries()).toEqual([]);
    const draft = user('joe');
    const created = draft.meta.created;
    await crash('after', () => at.users.put(draft, { now: created }));
    expect(await entries()).toEqual([['Create', 'joe']]);
  });

  it('says nothing of a create that was not', async () => {
    const draft = user('joe');
    await crash('before', () => at.users.put(draft, { now: draft.meta.created }));
    expect(await entries()).toEqual([]);
    expect(at.backend.outbox.openIntents).toEqual([]);
  });

  it.each(['before', 'after'] as const)('settles an update: %s the write', async (when) => {
    const { stored } = await at.users.put(user('jane'), { now: now() });
    await forget();
    const time = now();
    const draft = { ...stored, title: 'new', meta: { ...stored.meta, lastModified: time } };
    const write = { now: time, ifVersion: stored.meta.version };
    await crash(when, () => at.users.put(draft, write));
    expect(await entries()).toEqual(when === 'after' ? [['Update', 'jane']] : []);
  });

  it.each(['before', 'after'] as const)('settles a delete: %s the write', async (when) => {
    const { stored } = await at.users.put(user('jane'), { now: now() });
    await forget();
    await crash(when, () => at.users.delete(stored.id, { now: now() }));
    expect(await entries()).toEqual(when === 'after' ? [['Delete', 'jane']] : []);
  });

  it('announces the groups that a delete had already changed when the process died', async () => {
    const { stored } = await at.users.put(user('jane'), { now: now() });
    const made = await at.groups.put(group('grp', [stored.id]), { now: now() });
    await forget();
    await crash('after', () => at.users.delete(stored.id, { now: now() }));
    expect(await entries()).toEqual([['Update', 'grp']]);
    expect(await at.groups.get(made.stored.id, { expand: ['members'] })).not.toHaveProperty(
      'members',
    );
  });

  it('keeps its ids when it settles the same write twice', async () => {
    const draft = user('joe');
    await crash('after', () => at.users.put(draft, { now: draft.meta.created }));
    const [first] = await at.backend.outbox.read(10);
    await at.backend.close();
    at = await fixture(folder.path, inner);
    expect(await at.backend.outbox.read(10)).toEqual([first]);
  });

  it('asks the store later about a write that was lost on the way', async () => {
    let away = true;
    const draft = user('jane');
    inner.after = () => {
      if (away) throw new BackendError('unavailable', 'lost on the way');
    };
    await expect(at.users.put(draft, { now: draft.meta.created })).rejects.toThrow('lost');
    away = false;
    await eventually(async () => (await entries()).length === 1);
    expect(await entries()).toEqual([['Create', 'jane']]);
  });

  it('writes nothing when the journal has no room', async () => {
    const full = await temporaryFolder();
    const small = await fixture(full.path, new MemoryBackend(registry.types), {
      maxBytes: 20_000,
      segmentBytes: 5_000,
    });
    const names: string[] = [];
    const fill = async () => {
      for (let i = 0; i < 100; i++) {
        await small.users.put(user(`u${i}`, { title: 'x'.repeat(500) }), { now: now() });
        names.push(`u${i}`);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable' });
    const page = await small.users.query({ start: { offset: 0 }, limit: 1000 });
    expect(page.items.map(({ userName }) => userName).sort()).toEqual([...names].sort());
    await eventually(() => small.backend.outbox.openIntents.length === 0);
    expect((await small.backend.outbox.measure()).pending).toBe(names.length);
    await small.backend.close();
    await full.remove();
  });

  it('knows which resources a cascading delete changes', async () => {
    const { stored } = await at.users.put(user('boss'), { now: now() });
    const report = await at.users.put(
      user('report', {
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
          manager: { value: stored.id },
        },
      }),
      { now: now() },
    );
    const made = await at.groups.put(group('grp', [stored.id]), { now: now() });
    const type = registry.typeByName.get('User');
    if (type === undefined) throw new Error('no type User');
    const holders = await at.backend.holders(type, stored.id);
    expect(holders).toEqual(
      expect.arrayContaining([
        { type: 'User', id: report.stored.id },
        { type: 'Group', id: made.stored.id },
      ]),
    );
    expect(holders).toHaveLength(2);
  });
});
