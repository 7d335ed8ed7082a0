import { createHash, randomUUID } from 'node:crypto';
import { isArray, isObject, type Json, type JsonObject } from '#scim';
import type { Stored, WriteContext } from '../contract.js';
import { conflict } from '../errors.js';

/** A new version. It is random, so that no two states of a resource ever share one. */
export function newVersion(): string {
  return `W/"${randomUUID()}"`;
}

/** The version of a content, for stores that keep none: the same for the same, whoever reads it. */
export function contentVersion(content: JsonObject): string {
  const hash = createHash('sha256').update(JSON.stringify(sorted(content)));
  return `W/"${hash.digest('base64url').slice(0, 22)}"`;
}

/** @throws BackendError `conflict` when the version is not the one that the write was computed from */
export function checkVersion({ meta }: Stored, { ifVersion }: WriteContext): void {
  if (ifVersion !== undefined && meta.version !== ifVersion) throw conflict();
}

function sorted(value: Json | undefined): Json | undefined {
  if (isArray(value)) return value.map((item) => sorted(item) ?? null);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
