import type { Stored } from '#backend';
import { answerTag, isArray, isObject, type ResourceType } from '#scim';

/**
 * The resource as an answer shows it: its version says also what it has of computed attributes
 * (`User.groups`), which change without it. ETag and `meta.version` are the same (RFC 7643 §3.1).
 */
export function withAnswerTag(type: ResourceType, stored: Stored): Stored {
  const shown = type.inverses.flatMap(({ attribute: { name } }) => {
    const value = stored[name];
    if (!isArray(value)) return [];
    return value.flatMap((element) => (isObject(element) ? [`${name} ${element.value}`] : []));
  });
  if (shown.length === 0) return stored;
  return { ...stored, meta: { ...stored.meta, version: answerTag(stored.meta.version, shown) } };
}
