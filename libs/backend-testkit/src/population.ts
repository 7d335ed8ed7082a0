import fc from 'fast-check';
import { BackendError, MemoryBackend, type Stored } from '#backend';
import { isArray, isObject, type JsonObject, type ResourceType } from '#scim';
import { all } from './expect.js';
import {
  draftOf,
  type Fixture,
  fixtureOf,
  fresh,
  groupType,
  registry,
  tick,
  userType,
} from './fixture.js';
import { at, attributesOf } from './generators.js';
import { nestsGroups } from './needs.js';

/** What a random store holds; members are numbers of users and groups, or nobody. */
export interface Population {
  readonly users: readonly JsonObject[];
  readonly groups: readonly {
    readonly attributes: JsonObject;
    readonly members: readonly number[];
  }[];
}

const NAMES = [
  'Ann',
  'ann@example.org',
  'BEN',
  'be',
  'Ångström',
  'ÅNGSTRÖM2',
  'a%b',
  'a_b',
  'Ｚoe',
  'x"y',
];

const userAttributes = fc
  .tuple(
    attributesOf(userType),
    fc.constantFrom(...NAMES),
    fc.boolean(),
    fc.constantFrom('x', 'X', ''),
  )
  .map(
    ([attributes, name, external, letter]): JsonObject => ({
      ...attributes,
      userName: fresh(name),
      ...(external ? { externalId: fresh(`${letter}ext`) } : {}),
    }),
  );

const groupAttributes = fc.record({
  attributes: attributesOf(groupType).map(
    (attributes): JsonObject => ({ displayName: 'Admins', ...attributes }),
  ),
  members: fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 6 }),
});

export const population: fc.Arbitrary<Population> = fc.record({
  users: fc.array(userAttributes, { minLength: 1, maxLength: 16 }),
  groups: fc.array(groupAttributes, { minLength: 1, maxLength: 6 }),
});

/** Two stores with the same resources, and these as they are when everything is loaded. */
export interface Twins {
  readonly oracle: Fixture;
  readonly resources: ReadonlyMap<ResourceType, readonly Stored[]>;
}

/** Empties the backend, fills it at random, and puts the same into a new in-memory backend. */
export async function populate(fixture: Fixture, population: Population): Promise<Twins> {
  const oracle = fixtureOf(new MemoryBackend(registry.types));
  const { supports } = fixture.backend;
  await clear(fixture);
  const ids: string[] = [];
  for (const attributes of population.users) {
    const stored = await accept(() => fixture.createUser(attributes));
    if (stored === undefined) continue;
    ids.push(stored.id);
    await oracle.userStore.put(stored, { now: tick() });
  }
  for (const { attributes, members } of population.groups) {
    const values = members.flatMap((number) => {
      if (number < 30) return ids.length === 0 ? [] : [at(ids, number)];
      return supports.dangling ? [`nobody-${number}`] : [];
    });
    const draft = draftOf(groupType, {
      ...attributes,
      ...(values.length > 0 ? { members: [...new Set(values)].map((value) => ({ value })) } : {}),
    });
    const stored = await accept(
      async () => (await fixture.groups.put(draft, { now: tick() })).stored,
    );
    if (stored === undefined) continue;
    // Groups become members of later groups.
    if (nestsGroups(supports.nested)) ids.push(stored.id);
    // Of their order, which means nothing, sorting sees the first: it is the store's own.
    const read = await fixture.groups.get(stored.id, { expand: ['members'] });
    const ordered = inOrder(elementsOf(draft), elementsOf(read));
    await oracle.groups.put({ ...draft, ...stored, members: ordered }, { now: tick() });
  }
  const resources = new Map<ResourceType, readonly Stored[]>();
  for (const { type, query } of [oracle.users, oracle.groups].map((repository) => ({
    type: repository.type,
    query: repository.query.bind(repository),
  }))) {
    const expand = expandAll(type);
    const { items } = await query({ expand, start: { offset: 0 }, limit: 1000 });
    resources.set(type, items);
  }
  return { oracle, resources };
}

export function expandAll(type: ResourceType): readonly string[] {
  return [...type.relations, ...type.inverses].map(({ attribute }) => attribute.name);
}

async function clear({ userStore, groupStore }: Fixture): Promise<void> {
  for (const store of [groupStore, userStore]) {
    for (const { id } of await all(store.scan())) await store.delete(id, { now: tick() });
  }
}

/** A store may be unable to hold a value, or another server have rules for it, as long as it says so. */
async function accept(create: () => Promise<Stored>): Promise<Stored | undefined> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const { code, details } = error;
    const isRule = code === 'refused' && details.scimType === 'invalidValue';
    if (code === 'unsupported' || isRule) return undefined;
    throw error;
  }
}

function elementsOf(group: JsonObject | undefined): readonly JsonObject[] {
  return isArray(group?.members) ? group.members.filter(isObject) : [];
}

/** Elements in the order of others; those that are not among these come last. */
function inOrder(
  elements: readonly JsonObject[],
  others: readonly JsonObject[],
): readonly JsonObject[] {
  const places = new Map(others.map(({ value }, place) => [value, place]));
  const place = ({ value }: JsonObject) => places.get(value) ?? places.size;
  return [...elements].sort((a, b) => place(a) - place(b));
}
