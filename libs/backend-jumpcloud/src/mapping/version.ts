import { createHash } from 'node:crypto';
import type { Draft, Stored } from '#backend';
import { isArray, isObject, type Json } from '#scim';

/** The resource with the version of its content: the same for the same, whoever reads it. */
export function versioned(resource: Draft): Stored {
  const hash = createHash('sha256').update(JSON.stringify(sorted(resource)));
  const version = `W/"${hash.digest('base64url').slice(0, 22)}"`;
  return { ...resource, meta: { ...resource.meta, version } } as Stored;
}

function sorted(value: Json | undefined): Json | undefined {
  if (isArray(value)) return value.map((item) => sorted(item) ?? null);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
