import fc from 'fast-check';
import { expect } from 'vitest';
import type { Query, Repository, Stored } from '#backend';
import { type AttributePath, parseFilter, type ResourceType } from '#scim';
import { concern, groupType, userType } from './fixture.js';
import { at, filterPaths, type Recipe, recipe, writeFilter } from './generators.js';
import type { ConformanceOptions } from './options.js';
import { expandAll, populate, population, type Twins } from './population.js';

/** A random question about whatever the store holds. */
interface Question {
  readonly group: boolean;
  readonly filter: Recipe | undefined;
  readonly sort: { readonly path: number; readonly descending: boolean } | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly expand: boolean;
}

const question: fc.Arbitrary<Question> = fc.record({
  group: fc.boolean(),
  filter: fc.option(recipe, { nil: undefined, freq: 8 }),
  sort: fc.option(fc.record({ path: fc.nat({ max: 1000 }), descending: fc.boolean() }), {
    nil: undefined,
  }),
  offset: fc.nat({ max: 6 }),
  limit: fc.nat({ max: 5 }),
  expand: fc.boolean(),
});

export function filters(options: ConformanceOptions): void {
  concern('filter, sort and paging', options, (test) => {
    test('R-150 R-155 answers random queries exactly as the in-memory backend', async (fixture) => {
      const questions = fc.array(question, { minLength: 40, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(population, questions, async (resources, asked) => {
          const twins = await populate(fixture, resources);
          for (const one of asked) await compare(fixture, twins, one);
        }),
        { numRuns: 12, endOnFailure: true },
      );
    });
  });
}

async function compare(
  fixture: Pick<Twins['oracle'], 'users' | 'groups'>,
  { oracle, resources }: Twins,
  asked: Question,
): Promise<void> {
  const type = asked.group ? groupType : userType;
  const [tested, expected] = asked.group
    ? [fixture.groups, oracle.groups]
    : [fixture.users, oracle.users];
  const text = asked.filter && writeFilter(type, resources.get(type) ?? [], asked.filter);
  const sortPath = asked.sort && at(sortPaths(type), asked.sort.path);
  const query: Omit<Query, 'start'> = {
    limit: asked.limit,
    expand: asked.expand ? expandAll(type) : [],
    ...(text === undefined ? {} : { filter: parseFilter(text, type) }),
    ...(asked.sort && sortPath
      ? { sort: { path: sortPath, descending: asked.sort.descending } }
      : {}),
  };
  const start = { offset: asked.offset };
  const label = `${type.name}: ${text ?? 'all'}, ${JSON.stringify({ ...asked, filter: undefined })}`;
  const answer = await tested.query({ ...query, start });
  const right = await expected.query({ ...query, start });
  expect(answer.total, label).toBe(right.total);
  expect(answer.items.map(comparableForm), label).toEqual(right.items.map(comparableForm));
  expect(answer.next === undefined, label).toBe(right.next === undefined);
  if (asked.limit === 0) return;
  const all = { ...query, limit: 1000, start: { offset: 0 } };
  const every = (await expected.query(all)).items.map(({ id }) => id);
  expect(await walk(tested, query), label).toEqual(every);
}

/** Ids of all pages, by keyset. */
async function walk(repository: Repository, query: Omit<Query, 'start'>): Promise<string[]> {
  const ids: string[] = [];
  let start: Query['start'] = { offset: 0 };
  for (;;) {
    const { items, next } = await repository.query({ ...query, start });
    ids.push(...items.map(({ id }) => id));
    if (next === undefined) return ids;
    start = { after: next };
  }
}

function sortPaths(type: ResourceType): readonly AttributePath[] {
  return filterPaths(type);
}

/** Versions differ between stores, and the order of elements has no meaning. */
function comparableForm(stored: Stored): unknown {
  const { version, ...meta } = stored.meta;
  return { ...stored, meta, members: asSet(stored.members), groups: asSet(stored.groups) };
}

function asSet(value: Stored[string]): unknown {
  return Array.isArray(value)
    ? new Set(value.map((element) => JSON.stringify(element, KEYS)))
    : value;
}

const KEYS = ['value', 'type', 'display'];
