import { invalidSyntax, invalidValue, ScimError } from '../errors.js';
import { clip } from '../filter/names.js';
import { isObject, type Json } from '../json.js';
import type { Schema } from '../schema/resource-type.js';
import { isSchemas } from './schemas-steps.js';
import type { PatchStep } from './steps.js';
import { findTarget, type PatchTarget, unknownPath } from './target.js';
import type { PatchContext } from './values.js';

type Compile = (
  target: PatchTarget,
  op: 'add' | 'replace',
  value: Json,
  context: PatchContext,
) => readonly PatchStep[];

/**
 * Takes the value of an operation without path, or on an extension, apart: each member is an
 * operation of its own (RFC 7644 §3.5.2.1). Leniently its keys may be any path (`name.givenName`,
 * `urn:…:User:department`, `emails[type eq "work"].value`, as Entra sends them), readOnly members
 * (Okta sends `id` beside `displayName`) and unknown ones are ignored.
 * @param extension whose attributes the keys are; undefined for the resource itself
 */
export function expandMembers(
  op: 'add' | 'replace',
  value: Json,
  extension: Schema | undefined,
  context: PatchContext,
  compile: Compile,
): readonly PatchStep[] {
  if (!isObject(value)) {
    const whose = extension === undefined ? 'An operation without "path"' : `"${extension.id}"`;
    throw invalidValue(`${whose} needs an object of attributes as "value".`);
  }
  const named = new Set<string>();
  return Object.entries(value).flatMap(([key, member]) => {
    const name = key.toLowerCase();
    if (named.has(name)) throw invalidSyntax(`"${clip(key)}" is given twice in one value.`);
    named.add(name);
    const target = find(key, extension, context);
    if (target === undefined || isIgnored(target, extension, context)) return [];
    // A filter in a key is Entra's compliant dialect, as a capitalised op is its older one.
    const createMissing = context.createMissing || (context.lenient && key.includes('['));
    return compile(target, op, member ?? null, { ...context, createMissing });
  });
}

function find(
  key: string,
  extension: Schema | undefined,
  context: PatchContext,
): PatchTarget | undefined {
  const { type, lenient } = context;
  try {
    const path = extension === undefined ? key : `${extension.id}:${key}`;
    const target = findTarget(path, type, context);
    // Only URNs of extensions hold a dot or a colon where the keys are names, as in POST and PUT.
    const named = target?.kind === 'extension' || !/[.:[]/.test(key);
    if (!lenient && (target === undefined || !named)) throw unknownPath(key, type);
    return target;
  } catch (error) {
    // A key that is no path is just an unknown attribute, unless it was clearly meant as one.
    const meant = !lenient || key.includes('[');
    if (error instanceof ScimError && !meant) return undefined;
    throw error;
  }
}

function isIgnored(
  target: PatchTarget,
  extension: Schema | undefined,
  { type, lenient }: PatchContext,
): boolean {
  if (target.kind === 'extension') return extension !== undefined;
  // A list of URNs beside the attributes describes them, as in POST and PUT.
  if (isSchemas(target.attribute, type)) return true;
  const sub = target.kind === 'attribute' ? undefined : target.sub;
  const readOnly = [target.attribute, sub].some((one) => one?.mutability === 'readOnly');
  return readOnly && lenient;
}
