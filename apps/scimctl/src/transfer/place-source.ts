import type { Repository } from '#backend';
import type { JsonObject, ResourceType } from '#scim';
import type { Place } from '../place/place.js';
import type { Arrival, Source } from './source.js';

/** Everything that a store has, in the store's own order. */
export class PlaceSource implements Source {
  constructor(
    private readonly place: Place,
    private readonly types: readonly ResourceType[] = place.registry.types,
  ) {}

  async count(): Promise<number> {
    let total = 0;
    for (const type of this.types) total += await countOf(this.place.repository(type));
    return total;
  }

  async *resources(): AsyncGenerator<Arrival> {
    for (const type of this.types) {
      for await (const resource of this.place.backend.store(type).scan()) {
        yield { key: `${type.name}/${resource.id}`, type, resource };
      }
    }
  }

  /** One resource after the other, so that no more than one large group is in memory. */
  async *related(): AsyncGenerator<Arrival> {
    for (const type of this.types) {
      for await (const resource of withRelations(this.place, type)) {
        yield { key: `${type.name}/${resource.id}`, type, resource };
      }
    }
  }
}

/** The resources of a type that can have relations, with them; of another type none. */
async function* withRelations(
  place: Place,
  type: ResourceType,
): AsyncGenerator<JsonObject & { readonly id: string }> {
  if (type.relations.length + type.references.length === 0) return;
  const expand = type.relations.map(({ attribute }) => attribute.name);
  const repository = place.repository(type);
  for await (const stored of place.backend.store(type).scan()) {
    const whole = expand.length === 0 ? stored : await repository.get(stored.id, { expand });
    if (whole !== undefined) yield whole;
  }
}

export async function countOf(repository: Repository): Promise<number> {
  return (await repository.query({ start: { offset: 0 }, limit: 0 })).total;
}
