import { randomUUID } from 'node:crypto';
import { type Draft, parseContent, type Stored } from '#backend';
import {
  ContentError,
  dateTimeKey,
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';
import { type NativeUser, timeOfId } from '../api/native.js';
import type { Codec } from './codec.js';
import { isDetailsName, joinDetails, splitDetails } from './details.js';
import { type Fields, isNothing, objects, placeholder, textOf } from './fields.js';
import { LIST_CODECS, mergedList } from './list-codecs.js';
import { SIMPLE_CODECS } from './simple-codecs.js';
import { certificatesOf } from './ssh-keys.js';
import { versioned } from './version.js';

const CODECS: readonly Codec[] = [...SIMPLE_CODECS, ...LIST_CODECS];
const CODED = new Set(CODECS.map(({ attribute }) => attribute));
const CERTIFICATES = 'x509Certificates';
/** Marks details that are written here, by a word that no other record has. */
const MARK = '$scim';
/** Names of native fields that could not take the value that they should. */
const LEFT_OUT = '$leftOut';
const OURS = new Set([MARK, LEFT_OUT, 'id', 'meta', 'schemas', 'groups']);

/** A user as it was read. */
export interface DecodedUser {
  readonly native: NativeUser;
  readonly stored: Stored;
  /** What JumpCloud has no field for; undefined where nobody kept any. */
  readonly details: JsonObject | undefined;
  /** The word that marks details written here; undefined in those of the reference. */
  readonly mark: string | undefined;
}

/** @param report told which details cannot be read */
export function decodeUser(
  type: ResourceType,
  native: NativeUser,
  report: (message: string) => void,
): DecodedUser {
  const details = joinDetails(detailTexts(native), (name) => {
    report(`The ${name} of the user ${native._id} in JumpCloud cannot be read.`);
  });
  const mark = textOf(details?.[MARK]);
  const content =
    details === undefined || mark !== undefined
      ? ownContent(native, details ?? {})
      : referenceContent(native, details);
  const meta = metaOf(details, createdOf(native));
  const stored = readable(type, native._id, { ...content, ...meta }, () => {
    report(`The details of the user ${native._id} in JumpCloud are not what they should be.`);
    return { ...ownContent(native, {}), ...meta };
  });
  return { native, stored: versioned(stored), details, mark };
}

/** What is to be sent to JumpCloud. */
export interface EncodedUser {
  readonly fields: MutableJsonObject;
  /** The word by which a user whose creation got no answer is known again. */
  readonly mark: string;
}

/**
 * The fields of a user: all of a new one, else only those that change, so that nothing of others is
 * touched.
 * @param leftOut native fields that refused their value, which the details keep then
 */
export function encodeUser(
  type: ResourceType,
  draft: Draft,
  current: DecodedUser | undefined,
  leftOut: ReadonlySet<string>,
): EncodedUser {
  const mark = current?.mark ?? randomUUID().slice(0, 8);
  const before = new Set(strings(current?.details?.[LEFT_OUT]));
  const fields: MutableJsonObject = {};
  const details: MutableJsonObject = {};
  const omitted = new Set<string>();
  // Records of the reference are brought into this form as a whole.
  const migrates = current?.details !== undefined && current.mark === undefined;
  for (const codec of CODECS) {
    const value = draft[codec.attribute];
    const unchanged =
      current !== undefined && !migrates && equalJson(current.stored[codec.attribute], value);
    const exclude = unchanged ? new Set([...before, ...leftOut]) : leftOut;
    const { written, kept, left } = encodeValue(codec, value, exclude);
    if (kept !== undefined) details[codec.attribute] = kept;
    for (const name of left) omitted.add(name);
    if (!unchanged || left.length > 0) {
      Object.assign(fields, changes(codec, written, current?.native));
    }
  }
  for (const [name, value] of Object.entries(draft)) {
    if (!CODED.has(name) && !OURS.has(name) && value !== undefined) details[name] = value;
  }
  details[MARK] = mark;
  if (omitted.size > 0) details[LEFT_OUT] = [...omitted];
  const natural = naturalSchemas(type, draft);
  if (!equalJson(natural, draft.schemas)) details.schemas = draft.schemas;
  if (current !== undefined) details.meta = { lastModified: timeAfter(current.stored) };
  fields.attributes = [...foreignAttributes(current?.native), ...texts(details)];
  if (current === undefined) {
    if (fields.email === undefined) fields.email = placeholder();
  } else if (fields.email === '') fields.email = placeholder();
  return { fields, mark };
}

/** A value as fields, and whether the details have to keep it as well. */
function encodeValue(codec: Codec, value: Json | undefined, exclude: ReadonlySet<string>) {
  const stated = codec.write(value);
  const left = Object.keys(stated).filter((name) => exclude.has(name) && !isNothing(stated[name]));
  const written: MutableJsonObject = { ...stated };
  for (const name of left) written[name] = null;
  const lossless = equalJson(codec.read(lowered(written)), value);
  return { written, left, kept: lossless ? undefined : (value ?? null) };
}

/** As fields may come back: nobody knows whether addresses keep their letter case. */
function lowered(fields: Fields): Fields {
  return typeof fields.email === 'string'
    ? { ...fields, email: fields.email.toLowerCase() }
    : fields;
}

/** The fields that are not so already. */
function changes(codec: Codec, written: Fields, native: NativeUser | undefined): JsonObject {
  const same = codec.same ?? sameField;
  const names = Object.keys(written);
  if (native === undefined) {
    return Object.fromEntries(
      names.filter((name) => !isNothing(written[name])).map((name) => [name, written[name]]),
    );
  }
  const changed = names.filter((name) => !same(name, written[name], native[name]));
  // The two that say whether a user is active go together.
  const sent = changed.length > 0 && names.includes('state') ? names : changed;
  return Object.fromEntries(
    sent.map((name) => {
      const value = written[name] ?? null;
      return [name, isArray(value) ? mergedList(value, native[name]) : value];
    }),
  );
}

/** Content by fields and details of our own making. */
function ownContent(native: NativeUser, details: JsonObject): JsonObject {
  const left = new Set(strings(details[LEFT_OUT]));
  const content: MutableJsonObject = {};
  for (const codec of CODECS) {
    const value = readValue(codec, native, details, left);
    if (value !== undefined && value !== null) content[codec.attribute] = value;
  }
  for (const [name, value] of Object.entries(details)) {
    if (!CODED.has(name) && !OURS.has(name)) content[name] = value;
  }
  content[CERTIFICATES] = certificatesOf(details[CERTIFICATES], keyLines(native));
  return content;
}

function readValue(
  codec: Codec,
  native: NativeUser,
  details: JsonObject,
  left: ReadonlySet<string>,
): Json | undefined {
  const kept = details[codec.attribute];
  if (kept === undefined) return codec.read(native);
  const same = codec.same ?? sameField;
  const stated = codec.write(kept ?? undefined);
  const holds = Object.keys(stated).every((name) =>
    same(name, left.has(name) ? null : stated[name], native[name]),
  );
  if (holds) return kept ?? undefined;
  return kept === null || codec.overlay === undefined
    ? codec.read(native)
    : codec.overlay(kept, native);
}

/**
 * Content by details that the reference wrote: they have everything but userName, the primary
 * e-mail address and the names, and where they state `active` it holds.
 */
function referenceContent(native: NativeUser, details: JsonObject): JsonObject {
  const content: MutableJsonObject = {};
  for (const codec of CODECS) {
    const value = codec.read(native);
    if (value !== undefined) content[codec.attribute] = value;
  }
  const { name, emails } = content;
  for (const [attribute, value] of Object.entries(details)) {
    if (!OURS.has(attribute) && value !== null) content[attribute] = value;
  }
  content.userName = textOf(native.username) ?? content.userName;
  if (isObject(name)) content.name = { ...(isObject(details.name) ? details.name : {}), ...name };
  const primary = objects(emails);
  const values = new Set(primary.map(({ value }) => value));
  const others = objects(details.emails).filter(({ value }) => !values.has(value));
  content.emails = [...primary, ...others];
  if (details[CERTIFICATES] === undefined) {
    content[CERTIFICATES] = certificatesOf(undefined, keyLines(native));
  }
  return content;
}

/** What is no resource of the type must not spoil the lists that it is in. */
export function readable(
  type: ResourceType,
  id: string,
  content: JsonObject,
  otherwise: () => JsonObject,
): Draft {
  const now = new Date();
  try {
    return parseContent(type, content, id, now);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return parseContent(type, otherwise(), id, now);
  }
}

/** Lines of the keys that come with a user, where they do. */
function keyLines(native: NativeUser): readonly string[] | undefined {
  if (!isArray(native.ssh_keys)) return undefined;
  return objects(native.ssh_keys).flatMap(({ public_key: line }) =>
    typeof line === 'string' ? [line] : [],
  );
}

function detailTexts(native: NativeUser): ReadonlyMap<string, string> {
  const texts = objects(native.attributes).flatMap(({ name, value }) =>
    isDetailsName(name) && typeof value === 'string' ? [[String(name), value] as const] : [],
  );
  return new Map(texts);
}

function foreignAttributes(native: NativeUser | undefined): readonly JsonObject[] {
  return objects(native?.attributes)
    .filter(({ name }) => !isDetailsName(name))
    .map(({ name, value }) => ({ name, value }));
}

function texts(details: JsonObject): readonly JsonObject[] {
  return [...splitDetails(details)].map(([name, value]) => ({ name, value }));
}

function createdOf({ _id, created }: NativeUser): string {
  const text = textOf(created);
  return text === undefined || Number.isNaN(Date.parse(text)) ? timeOfId(_id) : text;
}

/** `schemas` and times, as far as they are known. */
export function metaOf(details: JsonObject | undefined, created: string): JsonObject {
  const meta = isObject(details?.meta) ? details.meta : {};
  const key = dateTimeKey(textOf(meta.lastModified) ?? '');
  const later = key !== undefined && key > (dateTimeKey(created) ?? '');
  const lastModified = later ? meta.lastModified : created;
  return { schemas: details?.schemas, meta: { created, lastModified } };
}

/** The present, but later than what a resource already says. JumpCloud keeps no such time. */
export function timeAfter({ meta }: Stored): string {
  return new Date(Math.max(Date.now(), Date.parse(meta.lastModified) + 1)).toISOString();
}

/** `schemas` as they are read where nobody kept others. */
export function naturalSchemas(type: ResourceType, content: JsonObject): readonly string[] {
  const used = type.extensions.map(({ schema }) => schema.id).filter((urn) => urn in content);
  return [type.schema.id, ...used];
}

function sameField(_: string, a: Json | undefined, b: Json | undefined): boolean {
  return (isNothing(a) && isNothing(b)) || equalJson(a, b);
}

function strings(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
