import type { Repository } from '#backend';
import type { JsonObject } from '#scim';
import type { EventResource } from './event-resource.js';

/**
 * Reads a resource as a message carries it; undefined if it is gone.
 * @param relations those to read; all when not given
 * @throws BackendError `unavailable`
 */
export type ReadResource = (
  type: string,
  id: string,
  relations?: readonly string[],
) => Promise<JsonObject | undefined>;

export function resourceReader(
  repositories: ReadonlyMap<string, Repository>,
  render: EventResource,
): ReadResource {
  return async (name, id, relations) => {
    const repository = repositories.get(name);
    // A type that is no longer served: nothing can be said of its resources.
    if (repository === undefined) return undefined;
    const { type } = repository;
    const expand = relations ?? type.relations.map(({ attribute }) => attribute.name);
    const stored = await repository.get(id, { expand });
    const unread = type.relations
      .map(({ attribute }) => attribute.name)
      .filter((relation) => !expand.includes(relation));
    return stored && render(type, stored, new Set(unread));
  };
}
