import type { Stored } from '#backend';
import { type Filter, type Inverse, isArray, type ResourceType } from '#scim';
import { inOrderOfCreation, type Reader, valuesOf } from '../upstream/reader.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * Computed attributes such as `User.groups`. Some servers show them, some do not: whether an absent
 * one means "none" is not believed before one was seen.
 */
export class ComputedGroups {
  private seen = false;

  constructor(
    private readonly upstream: Upstream,
    private readonly inverse: Inverse,
    private readonly relationType: ResourceType,
    private readonly holders: Reader,
  ) {}

  /** The resources, read with the attribute expanded, with what the other server does not show. */
  async complete(
    resources: readonly Stored[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Stored[]> {
    const { name } = this.inverse.attribute;
    const bare = resources.filter((stored) => !isArray(stored[name]));
    if (bare.length < resources.length) this.seen = true;
    if (bare.length === 0 || (this.seen && this.upstream.trusts('groups'))) return resources;
    const held = await this.holdersOf(new Set(bare.map(({ id }) => id)), signal);
    if (held.size > 0) this.upstream.distrust('groups');
    return resources.map((stored) => {
      const groups = held.get(stored.id);
      return groups === undefined
        ? stored
        : { ...stored, [name]: groups.map((value) => ({ value })) };
    });
  }

  private async holdersOf(ids: ReadonlySet<string>, signal: AbortSignal | undefined) {
    const { relation } = this.inverse;
    const found = new Map<string, string[]>();
    const [only] = ids;
    const few = ids.size === 1 && only !== undefined ? this.filter(only) : undefined;
    const matching = few && (await this.holders.matching({ filter: few, signal }));
    if (matching !== undefined && only !== undefined) {
      const groups = inOrderOfCreation(matching).map(({ id }) => id);
      return groups.length === 0 ? found : found.set(only, groups);
    }
    const all: Stored[] = [];
    for await (const group of this.holders.walk({ expand: [relation], signal })) all.push(group);
    for (const group of inOrderOfCreation(all)) {
      for (const id of valuesOf(group, relation)) {
        if (ids.has(id)) found.set(id, [...(found.get(id) ?? []), group.id]);
      }
    }
    return found;
  }

  private filter(id: string): Filter | undefined {
    const relation = this.relationType.relations.find(
      ({ attribute }) => attribute.name === this.inverse.relation,
    );
    const sub = relation?.attribute.subByName.get('value');
    if (relation === undefined || sub === undefined) return undefined;
    const path = { element: false, attribute: relation.attribute, sub };
    return { kind: 'compare', operator: 'eq', path, value: id };
  }
}
