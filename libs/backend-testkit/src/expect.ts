import { expect } from 'vitest';
import { BackendError, type BackendErrorCode, type Repository, type Stored } from '#backend';
import { isArray, isObject, type Json } from '#scim';

/** The BackendError that a promise is rejected with; fails if it is another one, or none. */
export async function rejection(
  promise: Promise<unknown>,
  ...codes: readonly BackendErrorCode[]
): Promise<BackendError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) {
    throw new Error(`expected ${codes.join(' or ')}, but got ${JSON.stringify(outcome.value)}`);
  }
  if (!(outcome.error instanceof BackendError)) throw outcome.error;
  expect(codes).toContain(outcome.error.code);
  return outcome.error;
}

/** The `value`s of a relation, sorted; empty when nothing is assigned. */
export function valuesOf(attribute: Json | undefined): readonly string[] {
  if (!isArray(attribute)) return [];
  return attribute.map((element) => (isObject(element) ? String(element.value) : '?')).sort();
}

/** The resource, which must exist. */
export async function existing(
  repository: Repository,
  id: string,
  ...expand: readonly string[]
): Promise<Stored> {
  const stored = await repository.get(id, { expand });
  if (stored === undefined) throw new Error(`there is no ${repository.type.name} ${id}`);
  return stored;
}

export async function membersOf(groups: Repository, id: string): Promise<readonly string[]> {
  return valuesOf((await existing(groups, id, 'members')).members);
}

export async function groupsOf(users: Repository, id: string): Promise<readonly string[]> {
  return valuesOf((await existing(users, id, 'groups')).groups);
}

/** Everything an iterable yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The times that a store gave, to be compared with nothing. */
export function timesOf({ meta: { created, lastModified } }: Stored) {
  return { created, lastModified };
}
