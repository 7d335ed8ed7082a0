import type { Repository, Stored } from '#backend';
import {
  type AttributePath,
  type JsonObject,
  leaf,
  parseFilter,
  type ResourceType,
  valuesAt,
} from '#scim';

/** The resource that already has one of the values that only one may have. */
export async function findByUnique(
  repository: Repository,
  resource: JsonObject,
): Promise<Stored | undefined> {
  const { type } = repository;
  for (const path of type.unique) {
    const found = await findByValue(repository, path, resource);
    if (found.length > 0) return found[0];
  }
  return undefined;
}

/** Those that look like it, where nothing of it is unique: what a run that was killed may have made. */
export async function findByName(
  repository: Repository,
  resource: JsonObject,
): Promise<readonly Stored[]> {
  const { display } = repository.type;
  if (display === undefined) return [];
  return findByValue(repository, { attribute: display, sub: undefined }, resource);
}

/** More than these look alike only where nothing can be told apart anyway. */
const MOST = 20;

async function findByValue(
  repository: Repository,
  path: AttributePath,
  resource: JsonObject,
): Promise<readonly Stored[]> {
  const [value] = valuesAt(resource, path);
  if (typeof value !== 'string') return [];
  const filter = equals(repository.type, path, value);
  const page = await repository.query({ filter, start: { offset: 0 }, limit: MOST, expand: [] });
  return page.items;
}

function equals(type: ResourceType, path: AttributePath, value: string) {
  return parseFilter(`${leaf(path).path} eq ${JSON.stringify(value)}`, type);
}
