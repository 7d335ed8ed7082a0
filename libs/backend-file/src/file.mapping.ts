import type { Draft, Stored } from '#backend';
import {
  ContentError,
  dateTimeKey,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  keptForm,
  type Meta,
  type MutableJsonObject,
  type Relation,
  type ResourceType,
} from '#scim';
import type { Elements, Entry, Extra } from './memory/entry.js';
import type { Shelves } from './memory/shelves.js';
import { versionOf } from './memory/version.js';
import { displayOf } from './query/expand.js';

/** A resource without its version: what a file says, before it is an entry. */
export interface Content {
  readonly scalars: Draft & { readonly id: string };
  /** Elements by name of the relation. */
  readonly relations: ReadonlyMap<string, Elements>;
}

/**
 * Reads a file's text.
 * @param fallback what to take for what the file does not say: its name and its time of change
 * @throws ContentError saying what is wrong with it
 */
export function parseFile(
  type: ResourceType,
  text: string,
  fallback: { readonly id: string; readonly changed: Date },
): Content {
  const json = parseJson(text);
  const { id = fallback.id, schemas, meta, ...rest } = keptForm(type, json);
  if (typeof id !== 'string' || id === '') throw new ContentError('id is not a string');
  const own: MutableJsonObject = { id, schemas: schemasOf(type, schemas, rest) };
  own.meta = metaOf(type, isObject(meta) ? meta : {}, fallback.changed);
  // Whom a file names is not known while files are read: what it says of them is kept.
  const split = splitRelations(type, { ...own, ...rest }, () => false);
  return { scalars: split.scalars as Content['scalars'], relations: split.relations };
}

function parseJson(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the text, which is people's data.
    throw new ContentError('it is not JSON');
  }
  if (!isObject(json)) throw new ContentError('it is not a JSON object');
  return json;
}

/** Lists of schemas that resources share in memory: there are a handful, for any number of resources. */
const SCHEMAS = new Map<string, readonly Json[]>();
const MOST_SCHEMAS = 1000;

function shared(schemas: readonly Json[]): readonly Json[] {
  const key = JSON.stringify(schemas);
  const known = SCHEMAS.get(key);
  if (known !== undefined) return known;
  if (SCHEMAS.size < MOST_SCHEMAS) SCHEMAS.set(key, Object.freeze(schemas));
  return schemas;
}

/** As the file says, so that a file is read as it was written; else what its data belong to. */
function schemasOf(type: ResourceType, named: Json | undefined, data: JsonObject): readonly Json[] {
  if (isArray(named)) return shared(named);
  const extensions = type.extensions.map(({ schema }) => schema.id);
  return [type.schema.id, ...extensions.filter((urn) => Object.hasOwn(data, urn))];
}

function metaOf(type: ResourceType, meta: JsonObject, changed: Date): Meta {
  const { location, version, etag, ...rest } = meta;
  const lastModified = dateTime(meta.lastModified) ?? changed.toISOString();
  const stated = dateTime(meta.created) ?? lastModified;
  const created = stated === lastModified ? lastModified : stated; // one text in memory
  return { ...rest, resourceType: type.name, created, lastModified };
}

/** The reference writes times without a zone and means UTC. */
function dateTime(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (dateTimeKey(value) === undefined) return undefined;
  return /(?:Z|[+-]\d\d:\d\d)$/i.test(value) ? value : `${value}Z`;
}

/**
 * Takes relations out of a resource, each value once, and drops computed attributes.
 * @param isKnown whether the id that an element holds is that of a resource
 */
export function splitRelations(
  type: ResourceType,
  resource: JsonObject,
  isKnown: (relation: Relation, id: string) => boolean,
): { readonly scalars: JsonObject; readonly relations: Map<string, Elements> } {
  const scalars: MutableJsonObject = { ...resource };
  const relations = new Map<string, Elements>();
  for (const { attribute } of type.inverses) delete scalars[attribute.name];
  for (const relation of type.relations) {
    const { attribute } = relation;
    const value = scalars[attribute.name];
    delete scalars[attribute.name];
    if (!isArray(value)) continue;
    const elements = new Map<string, Extra>();
    for (const element of value) {
      if (isObject(element) && typeof element.value === 'string') {
        if (elements.has(element.value)) continue;
        elements.set(element.value, extraOf(element, isKnown(relation, element.value)));
      }
    }
    relations.set(attribute.name, elements);
  }
  return { scalars, relations };
}

/**
 * What is not looked up afresh at every read: nothing, unless somebody put more into the file, or
 * the element names no resource (UNKNOWN_MEMBERS=accept), of which only its own `type` tells.
 */
export function extraOf(element: JsonObject, isKnown: boolean): Extra {
  const { value, type, display, $ref, ...rest } = element;
  const extra = isKnown || typeof type !== 'string' ? rest : { ...rest, type };
  return Object.keys(extra).length === 0 ? undefined : extra;
}

/** The frozen form that is handed out, with its version; `scalars` holds nothing that is empty. */
export function toStored(scalars: JsonObject, sums: ReadonlyMap<string, bigint>): Stored {
  for (const key of Object.keys(scalars)) freezeJson(scalars[key]);
  return withMeta(scalars as Stored, {}, sums);
}

/** The same resource with changes of `meta`, or of its relations; every attribute stays the same object. */
export function withMeta(
  stored: Stored,
  changes: Partial<Meta>,
  sums: ReadonlyMap<string, bigint>,
): Stored {
  const { version: _, ...meta } = { ...stored.meta, ...changes };
  const version = versionOf({ ...stored, meta }, sums);
  return Object.freeze({ ...stored, meta: Object.freeze({ ...meta, version }) });
}

function freezeJson(value: Json | undefined): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (isArray(value)) for (const element of value) freezeJson(element);
  else if (isObject(value)) for (const key of Object.keys(value)) freezeJson(value[key]);
  Object.freeze(value);
}

/** Elements rendered at once; a group of a million members is no single string. */
const CHUNK = 1000;

/**
 * The text of a file, as the reference lays it out: JSON indented by two, `meta.location` relative,
 * members with `display` and `$ref`.
 */
export function* renderFile(
  shelves: Shelves,
  type: ResourceType,
  stored: Stored,
  relations: ReadonlyMap<string, Elements>,
): Generator<string> {
  const { id, meta, schemas, ...attributes } = stored;
  const location = `${type.endpoint}/${id}`;
  const head = JSON.stringify({ id, meta: { location, ...meta }, schemas, ...attributes }, null, 2);
  let text = head.slice(0, -2);
  for (const relation of type.relations) {
    const elements = relations.get(relation.attribute.name);
    if (elements === undefined || elements.size === 0) continue;
    text += `,\n  ${JSON.stringify(relation.attribute.name)}: [`;
    let count = 0;
    for (const [value, extra] of elements) {
      const target = shelves.target(relation, value);
      text += count === 0 ? '\n    ' : ',\n    ';
      text += elementText(value, extra, target);
      if (++count % CHUNK === 0) {
        yield text;
        text = '';
      }
    }
    text += '\n  ]';
  }
  yield `${text}\n}`;
}

/** One element, four blanks in; written out by hand, as JSON.stringify takes four times as long. */
function elementText(value: string, extra: Extra, target: Entry | undefined): string {
  const display = target && displayOf(target);
  const members = [`"value": ${JSON.stringify(value)}`];
  if (display !== undefined) members.push(`"display": ${JSON.stringify(display)}`);
  if (target !== undefined) {
    members.push(`"$ref": ${JSON.stringify(`${target.type.endpoint}/${value}`)}`);
  }
  for (const key of Object.keys(extra ?? {})) {
    const text = JSON.stringify(extra?.[key], null, 2).replaceAll('\n', '\n      ');
    members.push(`${JSON.stringify(key)}: ${text}`);
  }
  return `{\n      ${members.join(',\n      ')}\n    }`;
}
