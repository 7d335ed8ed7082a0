import { type BackendError, type Draft, notUnique, uniqueKeys } from '#backend';
import { type AttributePath, combineFilters, type Filter, valuesAt } from '#scim';
import type { Model } from '../mapping/model.js';
import { FORM } from '../mapping/syntax.js';
import type { LdapQueries } from '../query/ldap.query.js';

type WithId = Draft & { readonly id: string };

/**
 * Keeps values unique as well as one process can: writers of the same value wait for each other,
 * and look before they write. Where the server's unique overlay watches the attribute too, it has
 * the last word.
 */
export class Uniqueness {
  constructor(private readonly queries: LdapQueries) {}

  /** What writers of the same values must not do at once. */
  locks(model: Model, resource: WithId): readonly string[] {
    return uniqueKeys(model.type, resource).map(
      ({ path, key }) => `unique ${model.type.name} ${path} ${key}`,
    );
  }

  /** @throws BackendError `unique` */
  async check(model: Model, resource: WithId): Promise<void> {
    const error = await this.taken(model, resource);
    if (error !== undefined) throw error;
  }

  /** What the overlay of the server complained of. */
  async violated(
    model: Model,
    resource: WithId,
    message: string,
  ): Promise<BackendError | undefined> {
    const found = await this.taken(model, resource);
    if (found !== undefined) return found;
    if (!/unique|already in use|000021C8/i.test(message)) return undefined;
    const equal = await this.equalThere(model, resource);
    if (equal !== undefined || !model.assigned) return equal;
    // Of Active Directory's forest, most is not served here.
    const mapped = model.mapped.find(({ attribute }) => attribute.syntax === FORM.principal);
    return mapped && notUnique(mapped.name);
  }

  /**
   * The server may keep more unique than SCIM does, and take more for equal: letter case, blanks,
   * compatibility forms.
   */
  private async equalThere(model: Model, resource: WithId): Promise<BackendError | undefined> {
    for (const { path, name, attribute } of model.mapped) {
      for (const value of valuesAt(resource, path)) {
        if (typeof value !== 'string') continue;
        const found = await this.queries.holding(model, attribute.name, value);
        if (found.some(({ stored }) => stored.id !== resource.id)) return notUnique(name);
      }
    }
    return undefined;
  }

  private async taken(model: Model, resource: WithId): Promise<BackendError | undefined> {
    const keys = uniqueKeys(model.type, resource);
    if (keys.length === 0) return undefined;
    const filters = model.type.unique.flatMap((path) => equality(path, resource));
    const candidates = await this.queries.candidates(model, combineFilters('or', filters));
    for (const { stored } of candidates) {
      if (stored.id === resource.id) continue;
      const theirs = uniqueKeys(model.type, stored);
      for (const { path, key } of keys) {
        if (theirs.some((their) => their.path === path && their.key === key)) {
          return notUnique(path);
        }
      }
    }
    return undefined;
  }
}

/** `path eq value` for each value of the resource. */
function equality(path: AttributePath, resource: WithId): readonly Filter[] {
  const { attribute, sub } = path;
  return valuesAt(resource, path).flatMap((value): Filter[] =>
    (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? [{ kind: 'compare', path: { element: false, attribute, sub }, operator: 'eq', value }]
      : [],
  );
}
