import { hash } from 'node:crypto';
import { mongo } from 'mongoose';
import { BackendError, type Draft, displayOf, type Stored, searchDocument } from '#backend';
import {
  dateTimeKey,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Key,
  leaf,
  type MutableJsonObject,
  type ResourceType,
  sortedPart,
  valuesAt,
} from '#scim';
import { keyOf } from './filter/keys.js';
import type { TypeLayout } from './layout/layout.js';
import { plainName, storedName } from './layout/names.js';
import type { Derived, ResourceDocument, ServedDocument } from './mongo.document.js';

/** Most characters of an id. */
const LONGEST_ID = 255;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether the database can hold the id so that no other id is taken for it. */
export function isPossibleId(id: string): boolean {
  return (
    id !== '' &&
    id.length <= LONGEST_ID &&
    !id.includes('\0') &&
    id.normalize('NFC') === id &&
    !LONE_SURROGATE.test(id)
  );
}

/** @throws BackendError `invalid-id` */
export function checkId(id: string): void {
  if (isPossibleId(id)) return;
  throw new BackendError(
    'invalid-id',
    `An id has 1 to ${LONGEST_ID} characters, in composed form (NFC) and without NUL.`,
  );
}

/** The resource to be stored under a version, without relations and computed attributes. */
export function toStored(type: ResourceType, draft: Draft, id: string, version: string): Stored {
  const resource: MutableJsonObject = { ...draft, id };
  for (const { attribute } of [...type.relations, ...type.inverses])
    delete resource[attribute.name];
  const { location: _, ...meta } = draft.meta;
  resource.meta = { ...meta, version };
  return resource as Stored;
}

/** The resource in a document; relations are never in it. */
export function storedOf(document: ServedDocument): Stored {
  const { exact } = document._scim;
  const { _id, ...content } = exact === undefined ? plainContent(document) : JSON.parse(exact);
  const { location: _, ...meta } = content.meta;
  return { ...content, meta } as Stored;
}

/** The JSON of a document, whoever wrote it, without what is ours. */
export function plainContent(document: ResourceDocument): MutableJsonObject {
  const ours = document._scim !== undefined;
  const result: MutableJsonObject = {};
  for (const [name, value] of Object.entries(document)) {
    if (name === '_scim' && ours) continue;
    set(result, ours ? plainName(name) : name, plainValue(value, ours));
  }
  return result;
}

/** JSON of what the driver read; what JSON has no form for becomes a text. */
function plainValue(value: unknown, ours: boolean): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map((one) => plainValue(one, ours));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof mongo.Long || value instanceof mongo.Decimal128) return Number(value);
  if (typeof value !== 'object' || '_bsontype' in value) return String(value);
  const result: MutableJsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    set(result, ours ? plainName(name) : name, plainValue(member, ours));
  }
  return result;
}

/** The document of a resource, whole. */
export function documentOf(
  layout: TypeLayout,
  stored: Stored,
  { seq, born }: Pick<Derived, 'seq' | 'born'>,
): ServedDocument {
  const { id, meta, schemas, ...attributes } = stored;
  const location = `${layout.type.endpoint}/${id}`;
  const content = { id, meta: { location, ...meta }, schemas, ...attributes };
  const text = JSON.stringify(content);
  return {
    _id: id,
    ...(storedValue(content) as JsonObject),
    // Lone surrogates are written as escapes (ECMA-262, well-formed JSON.stringify).
    _scim: {
      ...derivedOf(layout, stored),
      seq,
      born,
      ...(hasLoneSurrogate(text) ? { exact: text } : {}),
    },
  };
}

/** What is derived of attributes for look-ups. */
export function derivedOf(layout: TypeLayout, stored: Stored): Omit<Derived, 'seq' | 'born'> {
  const s = storedValue(searchDocument(layout.type, stored, keyOf)) as JsonObject;
  const display = displayOf(layout.type, stored);
  return {
    mark: fingerprint(layout),
    order: orderKey(times(stored).created, stored.id),
    ...times(stored),
    s,
    o: sortKeys(layout, stored),
    u: uniqueValues(layout, stored),
    ...(display === undefined ? {} : { display: JSON.stringify(display) }),
  };
}

/** What changes of a document when only relations do, as `$set` takes it. */
export function touchedFields(stored: Stored, seq: number): Readonly<Record<string, unknown>> {
  const { modified } = times(stored);
  return {
    'meta.version': stored.meta.version,
    'meta.lastModified': stored.meta.lastModified,
    '_scim.modified': modified,
    '_scim.seq': seq,
  };
}

/** NUL comes before everything that may go on a time, so that ties, and only those, go by id. */
export function orderKey(created: string, id: string): string {
  return `${created}\0${id}`;
}

function times({ meta }: Stored): Pick<Derived, 'created' | 'modified'> {
  return {
    created: dateTimeKey(meta.created) ?? '',
    modified: dateTimeKey(meta.lastModified) ?? '',
  };
}

function sortKeys({ keys }: TypeLayout, stored: Stored): Derived['o'] {
  return Object.fromEntries(
    keys.map(({ path, rule, name }) => {
      const key = keyOf(rule, valuesAt(stored, path)[0]);
      return [name, key === undefined ? new mongo.MaxKey() : sortedPart(key)];
    }),
  );
}

/** The empty string counts as unassigned, as clients send it for a missing value (RFC 7643 §2.5). */
function uniqueValues({ keys, lists }: TypeLayout, stored: Stored): Derived['u'] {
  const result: Record<string, Key | readonly Key[]> = {};
  for (const { path, rule, name, unique } of [...keys, ...lists]) {
    if (!unique) continue;
    const values = valuesAt(stored, path)
      .map((value) => keyOf(rule, value))
      .filter((key) => key !== undefined && key !== '') as Key[];
    const [first] = values;
    if (first === undefined) continue;
    result[name] = path.attribute.multiValued ? [...new Set(values)] : first;
  }
  return result;
}

/** The value that `_scim.display` holds. */
export function parseDisplay(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : undefined;
}

function storedValue(value: Json | undefined): unknown {
  if (isArray(value)) return value.map(storedValue);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) set(result, storedName(name), storedValue(member));
  }
  return result;
}

/** Also for a member called `__proto__`, which plain assignment would take for the prototype. */
function set<T>(target: { [name: string]: T }, name: string, value: T): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true });
}

/** Of JSON text: JSON.stringify writes lone surrogates, and nothing else, as `\ud800` to `\udfff`. */
function hasLoneSurrogate(json: string): boolean {
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(json);
}

const fingerprints = new WeakMap<TypeLayout, string>();

/** Changes when documents have to be derived anew: with paths, indexes or the way of comparing. */
export function fingerprint(layout: TypeLayout): string {
  const known = fingerprints.get(layout);
  if (known !== undefined) return known;
  const { type, keys, lists } = layout;
  const attributes = type.all.flatMap((attribute) => [attribute, ...attribute.subAttributes]);
  const facts: Json = [
    DERIVATION,
    attributes.map(({ path, matching, multiValued }) => [path, matching, multiValued]),
    [...keys, ...lists].map(({ path, unique }) => [leaf(path).path, unique]),
    type.display?.path ?? null,
  ];
  const made = hash('sha1', JSON.stringify(facts), 'hex');
  fingerprints.set(layout, made);
  return made;
}

/** Counts up when what is derived changes for another reason than the schema. */
const DERIVATION = 1;
