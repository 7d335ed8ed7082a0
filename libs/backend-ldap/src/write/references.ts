import { type Json, type JsonObject, valuesAt } from '#scim';
import type { Decoded } from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import type { Tree } from '../server/tree.js';

/** The names of entries that a resource refers to besides relations, as its manager. */
export class References {
  constructor(private readonly tree: Tree) {}

  /**
   * By attribute. Nobody is named whom the directory does not have; whom others have named, and who
   * is no resource, stays.
   */
  async names(
    model: Model,
    resource: JsonObject,
    current?: Decoded,
  ): Promise<Readonly<Record<string, string>>> {
    const names: Record<string, string> = {};
    for (const { path, attribute } of model.references) {
      const [value] = valuesAt(resource, path);
      const name =
        value === undefined ? await this.foreign(current, attribute) : await this.nameOf(value);
      if (name !== undefined) names[attribute] = name;
    }
    return names;
  }

  private async nameOf(value: Json): Promise<string | undefined> {
    if (typeof value !== 'string') return undefined;
    for (const model of this.tree.models.values()) {
      const entry = await this.tree.locate(model, value, [model.naming.name]);
      if (entry !== undefined) return entry.dn;
    }
    return undefined;
  }

  private async foreign(
    current: Decoded | undefined,
    attribute: string,
  ): Promise<string | undefined> {
    const name = current?.entry.attributes.get(attribute)?.[0]?.toString();
    if (name === undefined) return undefined;
    for (const model of this.tree.models.values()) {
      if ((await this.tree.named(model, [name])).size > 0) return undefined;
    }
    return name;
  }
}
