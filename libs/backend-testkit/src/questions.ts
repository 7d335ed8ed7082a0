import fc from 'fast-check';
import type { Query } from '#backend';
import { type AttributePath, parseFilter, type ResourceType } from '#scim';
import { groupType, userType } from './fixture.js';
import { at, filterPaths, type Recipe, recipe, writeFilter } from './generators.js';
import { expandAll, type Twins } from './population.js';

/** A random question about whatever the store holds. */
export interface Question {
  readonly group: boolean;
  readonly filter: Recipe | undefined;
  readonly sort: { readonly path: number; readonly descending: boolean } | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly expand: boolean;
}

export const question: fc.Arbitrary<Question> = fc.record({
  group: fc.boolean(),
  filter: fc.option(recipe, { nil: undefined, freq: 8 }),
  sort: fc.option(fc.record({ path: fc.nat({ max: 1000 }), descending: fc.boolean() }), {
    nil: undefined,
  }),
  offset: fc.nat({ max: 6 }),
  limit: fc.nat({ max: 5 }),
  expand: fc.boolean(),
});

/** A question put to the resources at hand. */
export interface Asked {
  readonly type: ResourceType;
  readonly query: Query & { readonly start: { readonly offset: number } };
  /** The question in words, for the message of a failure. */
  readonly label: string;
}

export function ask(question: Question, { resources }: Pick<Twins, 'resources'>): Asked {
  const type = question.group ? groupType : userType;
  const { filter, sort, offset, limit } = question;
  const text = filter && writeFilter(type, resources.get(type) ?? [], filter);
  const path = sort && at(sortPaths(type, sort.path), sort.path >> 1);
  const expand = question.expand ? expandAll(type) : [];
  const order = path && (path.sub ?? path.attribute).path;
  const direction = sort?.descending ? 'descending' : 'ascending';
  return {
    type,
    query: {
      start: { offset },
      limit,
      expand,
      ...(text === undefined ? {} : { filter: parseFilter(text, type) }),
      ...(sort && path ? { sort: { path, descending: sort.descending } } : {}),
    },
    label: `${type.name} ${text ?? 'all'}, ${order ?? 'unsorted'} ${direction}, ${offset}+${limit}`,
  };
}

/** Half of them those that clients look things up by. */
function sortPaths(type: ResourceType, number: number): readonly AttributePath[] {
  return number % 2 === 0 ? filterPaths(type) : type.indexed;
}
