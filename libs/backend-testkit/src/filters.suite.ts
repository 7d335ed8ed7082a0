import fc from 'fast-check';
import { expect } from 'vitest';
import type { Query, Repository, Stored } from '#backend';
import { concern, groupType } from './fixture.js';
import type { ConformanceOptions } from './options.js';
import { populate, population, type Twins } from './population.js';
import { ask, type Question, question } from './questions.js';

export function filters(options: ConformanceOptions): void {
  concern('filter, sort and paging', options, (test) => {
    test('R-150 R-155 answers random queries exactly as the in-memory backend', async (fixture) => {
      const questions = fc.array(question, { minLength: 40, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(population, questions, async (resources, asked) => {
          const twins = await populate(fixture, resources);
          for (const one of asked) await compare(fixture, twins, one);
        }),
        { numRuns: 15, endOnFailure: true },
      );
    });
  });
}

async function compare(
  fixture: Pick<Twins['oracle'], 'users' | 'groups'>,
  twins: Twins,
  asked: Question,
): Promise<void> {
  const { oracle } = twins;
  const { type, query, label } = ask(asked, twins);
  const [tested, expected] =
    type === groupType ? [fixture.groups, oracle.groups] : [fixture.users, oracle.users];
  const answer = await tested.query(query);
  const right = await expected.query(query);
  expect(answer.total, label).toBe(right.total);
  expect(answer.items.map(comparableForm), label).toEqual(right.items.map(comparableForm));
  expect(answer.next === undefined, label).toBe(right.next === undefined);
  if (query.limit === 0) return;
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
