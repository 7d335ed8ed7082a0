import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  type Backend,
  createRepositories,
  type Draft,
  type Repository,
  type ResourceStore,
  type Stored,
} from '#backend';
import type { JsonObject, ResourceType } from '#scim';
import type { Need } from './needs.js';
import type { ConformanceOptions } from './options.js';
import { groupType, registry, userType } from './types.js';

export { groupType, registry, userType } from './types.js';

/** One open backend with everything a test needs at hand. */
export interface Fixture {
  readonly backend: Backend;
  readonly users: Repository;
  readonly groups: Repository;
  readonly userStore: ResourceStore;
  readonly groupStore: ResourceStore;
  /** A user that nobody else has; `over` replaces attributes. */
  createUser(over?: JsonObject): Promise<Stored>;
  createGroup(members?: readonly string[], over?: JsonObject): Promise<Stored>;
  /** Ids that groups may have as members: of nobody where the store allows that, else of users. */
  crowd(number: number): Promise<readonly string[]>;
}

let counter = 0;

/** A text that was never used before in this process. */
export function fresh(prefix: string): string {
  counter += 1;
  return `${prefix}-${counter}`;
}

let clock = Date.UTC(2024, 0, 1);

/** A moment later than all before, so that the order of creation is known. */
export function tick(): string {
  clock += 1000;
  return new Date(clock).toISOString();
}

/** A resource to be created, without an id. */
export function draftOf(type: ResourceType, attributes: JsonObject): Draft {
  const now = tick();
  return {
    schemas: [type.schema.id],
    ...attributes,
    meta: { resourceType: type.name, created: now, lastModified: now },
  };
}

export function userDraft(over: JsonObject = {}): Draft {
  return draftOf(userType, { userName: fresh('user'), ...over });
}

export function groupDraft(members: readonly string[] = [], over: JsonObject = {}): Draft {
  return draftOf(groupType, {
    displayName: fresh('group'),
    ...(members.length > 0 ? { members: members.map((value) => ({ value })) } : {}),
    ...over,
  });
}

/** The same resource with other attributes, as a draft for a replace. */
export function changed(stored: Stored, over: JsonObject): Draft {
  return { ...stored, ...over, meta: { ...stored.meta, lastModified: tick() } };
}

export function fixtureOf(backend: Backend): Fixture {
  const repositories = createRepositories(backend, registry);
  const repository = (type: ResourceType): Repository => {
    const found = repositories.get(type.name);
    if (found === undefined) throw new Error(`no repository for ${type.name}`);
    return found;
  };
  const users = repository(userType);
  const groups = repository(groupType);
  const createUser: Fixture['createUser'] = async (over) =>
    (await users.put(userDraft(over), { now: tick() })).stored;
  return {
    backend,
    users,
    groups,
    userStore: backend.store(userType),
    groupStore: backend.store(groupType),
    createUser,
    createGroup: async (members, over) =>
      (await groups.put(groupDraft(members, over), { now: tick() })).stored,
    crowd: async (number) => {
      const ids: string[] = [];
      while (ids.length < number) {
        const more = Array.from({ length: Math.min(AT_ONCE, number - ids.length) }, async () =>
          backend.supports.dangling ? fresh('nobody') : (await createUser()).id,
        );
        ids.push(...(await Promise.all(more)));
      }
      return ids;
    },
  };
}

/** Users that are created at once. */
const AT_ONCE = 16;

/** Registers a test, which is left out, saying why, where the store lacks what it needs. */
export interface Test {
  (title: string, body: (fixture: Fixture) => Promise<void>): void;
  (title: string, needs: readonly Need[], body: (fixture: Fixture) => Promise<void>): void;
}

/** Registers the tests of one concern over one store that they share. */
export function concern(
  title: string,
  options: ConformanceOptions,
  register: (test: Test) => void,
): void {
  describe(title, () => {
    let fixture: Fixture | undefined;
    beforeAll(async () => {
      fixture = fixtureOf(await options.open(registry.types));
    });
    afterAll(async () => {
      await fixture?.backend.close();
      await options.remove?.();
    });
    const test: Test = (name: string, ...rest: readonly unknown[]) => {
      const [needs, body] = (rest.length === 1 ? [[], ...rest] : rest) as [
        readonly Need[],
        (fixture: Fixture) => Promise<void>,
      ];
      it(name, { timeout: TIMEOUT }, async (context) => {
        if (fixture === undefined) throw new Error('the backend did not open');
        for (const need of needs) {
          const reason = need(fixture.backend);
          if (reason !== undefined) context.skip(reason);
        }
        await body(fixture);
      });
    };
    register(test);
  });
}

/** Milliseconds; for the slowest of stores, not for the tests to take. */
const TIMEOUT = 300_000;
