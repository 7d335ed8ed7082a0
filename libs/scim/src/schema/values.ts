import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import type { Attribute, AttributePath } from './attribute.js';

/** The kept value of a top-level attribute, extension attributes included. */
export function attributeValue(resource: JsonObject, attribute: Attribute): Json | undefined {
  if (attribute.extension === undefined) return resource[attribute.name];
  const extension = resource[attribute.extension];
  return isObject(extension) ? extension[attribute.name] : undefined;
}

/** Every simple value that a path leads to, in order; none where nothing is assigned. */
export function valuesAt(resource: JsonObject, path: AttributePath): readonly Json[] {
  const value = attributeValue(resource, path.attribute);
  if (value === undefined || value === null) return [];
  const elements = isArray(value) ? value : [value];
  if (path.sub === undefined) return elements;
  const { name } = path.sub;
  return elements.flatMap((element) => {
    const member = isObject(element) ? element[name] : undefined;
    if (member === undefined || member === null) return [];
    return isArray(member) ? member : [member];
  });
}
