import {
  attributeValue,
  equalJson,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
  ScimError,
} from '#scim';

/**
 * What a PUT of one's own resource (RFC 7644 §3.11) makes of it: what its owner may not change stays
 * as it is, and is refused only where something else was sent for it.
 * @param merged what the PUT would make of it
 * @param sent paths of the attributes that were sent
 * @param mayChange paths of the attributes that the owner may change
 * @throws ScimError 403 naming the attribute
 */
export function keepOthers<T extends JsonObject>(
  type: ResourceType,
  current: JsonObject,
  merged: T,
  sent: ReadonlySet<string>,
  mayChange: ReadonlySet<string>,
): T {
  const kept: MutableJsonObject = { ...merged };
  for (const attribute of type.all) {
    const { path, name, extension } = attribute;
    if (mayChange.has(path)) continue;
    const before = attributeValue(current, attribute);
    const after = attributeValue(merged, attribute);
    if (
      before === after ||
      (before !== undefined && after !== undefined && equalJson(before, after))
    )
      continue;
    if (sent.has(path)) throw notYours(path);
    if (before === undefined) continue;
    if (extension === undefined) kept[name] = before;
    else kept[extension] = { ...(kept[extension] as JsonObject | undefined), [name]: before };
  }
  return kept as T;
}

/** @throws ScimError 403 naming the first path that its owner may not change */
export function checkOwnChanges(
  touched: ReadonlySet<string>,
  mayChange: ReadonlySet<string>,
): void {
  for (const path of touched) if (!mayChange.has(path)) throw notYours(path);
}

function notYours(path: string): ScimError {
  return new ScimError(403, undefined, `${path} is not for its owner to change at /Me.`);
}
