import { invalidValue } from '../errors.js';
import type { JsonObject } from '../json.js';
import { isMisleading } from '../reader/text.js';
import { type AttributePath, leaf } from '../schema/attribute.js';
import { perType } from '../schema/per-type.js';
import type { ResourceType } from '../schema/resource-type.js';
import { valuesAt } from '../schema/values.js';

/** What a resource is known by, to people and programs: its keys, and ids of others. */
const identifiersOf = perType((type): readonly AttributePath[] => {
  const keys = ['id', 'externalid'].flatMap((name) => type.attributes.get(name) ?? []);
  return [
    ...type.unique,
    ...keys.map((attribute) => ({ attribute, sub: undefined })),
    ...type.references.map((attribute) => ({ attribute, sub: attribute.subByName.get('value') })),
  ];
});

/**
 * Refuses identifiers that look like others or break lines of a log: CR, LF, NUL and controls of
 * writing direction. What is stored already stays, so that other attributes can be changed.
 * @throws ScimError invalidValue
 */
export function checkIdentifiers(
  type: ResourceType,
  after: JsonObject,
  before: JsonObject | undefined,
): void {
  for (const path of identifiersOf(type)) {
    for (const value of valuesAt(after, path)) {
      if (typeof value !== 'string' || !isMisleading(value)) continue;
      if (before !== undefined && valuesAt(before, path).includes(value)) continue;
      throw misleading(leaf(path).path);
    }
  }
}

/** The error for an identifier of a resource that holds what none may. */
export function misleading(path: string) {
  return invalidValue(
    `${path} must not hold line breaks, NUL or controls of writing direction: it identifies.`,
  );
}
