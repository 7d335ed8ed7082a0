import { hash } from 'node:crypto';
import { BackendError, type Draft, type Stored, searchDocument } from '#backend';
import {
  attributeValue,
  dateTimeKey,
  type JsonObject,
  leaf,
  type MutableJsonObject,
  type ResourceType,
  valuesAt,
} from '#scim';
import type { Param } from './connection/statement.js';
import { keyOf, sortedKey, valueKey } from './filter/keys.js';
import type { TypeLayout } from './schema/layout.js';

/** A resource as the table of its type holds it. */
export interface Row {
  readonly id: string;
  /** Text, or what the driver made of it. */
  readonly details: unknown;
}

/** The columns of a resource's row but `id`, by name. */
export type Columns = ReadonlyMap<string, Param>;

/** A value of an attribute with several, as the table of values holds it. */
export interface ValueRow {
  readonly path: string;
  readonly value: string;
  /** Stands for path and value where they are unique; else null. */
  readonly claim: string | null;
}

/** Most characters of an id, as the reference's tables have it. */
const LONGEST_ID = 255;

/** Whether a table can hold the id so that no other id is taken for it. */
export function isPossibleId(id: string): boolean {
  return (
    id !== '' &&
    id.length <= LONGEST_ID &&
    !id.includes('\0') &&
    id.normalize('NFC') === id &&
    !/\p{Surrogate}/u.test(id)
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

/** The resource in a row; relations are never in it. */
export function storedOf({ details }: Row): Stored {
  const resource = (typeof details === 'string' ? JSON.parse(details) : details) as Stored;
  const { location: _, ...meta } = resource.meta;
  return { ...resource, meta };
}

/** What a version says of the attributes; the rest changes with relations alone. */
export function attributeVersion(version: string): string {
  return /^W\/"([^".]*)/.exec(version)?.[1] ?? '';
}

/** A new version of a resource of which nothing but relations changed. */
export function relationVersion(version: string): string {
  return `W/"${attributeVersion(version)}.${crypto.randomUUID()}"`;
}

/** The text of `details`: as the reference lays it out, without relations. */
export function detailsOf(type: ResourceType, resource: Stored): string {
  const { id, meta, schemas, ...attributes } = resource;
  const location = `${type.endpoint}/${id}`;
  return JSON.stringify({ id, meta: { location, ...meta }, schemas, ...attributes });
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

/** Everything a row says about a resource. */
export function columnsOf(layout: TypeLayout, stored: Stored): Columns {
  return new Map<string, Param>([
    ['details', detailsOf(layout.type, stored)],
    ['search', JSON.stringify(searchDocument(layout.type, stored, keyOf))],
    ['display', displayOf(layout.type, stored)],
    ['created', dateTimeKey(stored.meta.created) ?? ''],
    ['twin', 0],
    ['mark', layout.mark],
    ...metaColumns(stored),
    ...keyColumns(layout, stored),
  ]);
}

/** What changes of a row when only relations do. */
export function touchedColumns(layout: TypeLayout, stored: Stored): Columns {
  return new Map<string, Param>([
    ['details', detailsOf(layout.type, stored)],
    ...metaColumns(stored),
  ]);
}

function metaColumns(stored: Stored): [string, Param][] {
  return [
    ['version', stored.meta.version],
    ['modified', dateTimeKey(stored.meta.lastModified) ?? ''],
  ];
}

/** The prepared values of the indexed paths; the empty string is none where values are unique. */
function keyColumns({ keys }: TypeLayout, stored: Stored): [string, Param][] {
  return keys.flatMap(({ path, column, tail, rule, unique }): [string, Param][] => {
    const [value] = valuesAt(stored, path);
    const key = keyOf(rule, value);
    const none = key === undefined || (unique && key === '');
    const sorted = none ? { text: null, tail: 0 } : sortedKey(key);
    const own: [string, Param] = [column, sorted.text];
    return tail === undefined ? [own] : [own, [tail, sorted.tail]];
  });
}

/** The rows of the multi-valued paths with an index, each once. */
export function valueRows({ multi }: TypeLayout, stored: JsonObject): readonly ValueRow[] {
  const rows = new Map<string, ValueRow>();
  for (const { path: at, unique } of multi) {
    const { path, matching } = leaf(at);
    for (const one of valuesAt(stored, at)) {
      const key = keyOf(matching, one);
      if (key === undefined) continue;
      const value = valueKey(key);
      const name = JSON.stringify([path, value]);
      const claim = unique && value !== '' ? hash('sha256', name, 'hex') : null;
      rows.set(name, { path, value, claim });
    }
  }
  return [...rows.values()];
}

/** The display as JSON text, which holds every character in every database; null if there is none. */
function displayOf(type: ResourceType, stored: Stored): string | null {
  const value = type.display === undefined ? undefined : attributeValue(stored, type.display);
  return typeof value === 'string' ? JSON.stringify(value) : null;
}

/** What `displayOf` kept. */
export function parseDisplay(column: unknown): string | undefined {
  if (typeof column !== 'string') return undefined;
  const value: unknown = JSON.parse(column);
  return typeof value === 'string' ? value : undefined;
}
