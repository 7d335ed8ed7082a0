import { keptElements } from '#backend';
import { type JsonObject, type MutableJsonObject, type ResourceType, sealSecrets } from '#scim';

/** A resource as `export` writes it and `import` reads it: nothing that is computed. */
export async function exportForm(
  type: ResourceType,
  resource: JsonObject,
  { secrets }: { readonly secrets: boolean },
): Promise<JsonObject> {
  const { schemas, id, meta, ...rest } = resource;
  const { created, lastModified } = meta as JsonObject;
  const result: MutableJsonObject = {
    ...(schemas === undefined ? {} : { schemas }),
    ...(id === undefined ? {} : { id }),
    ...rest,
    meta: {
      resourceType: type.name,
      ...(created === undefined ? {} : { created }),
      ...(lastModified === undefined ? {} : { lastModified }),
    },
  };
  for (const { attribute } of type.inverses) delete result[attribute.name];
  for (const { attribute } of type.relations) {
    const elements = keptElements(result[attribute.name]);
    if (elements.length > 0) result[attribute.name] = elements;
    else delete result[attribute.name];
  }
  return secrets ? result : sealSecrets(type, result, undefined, 'drop');
}
