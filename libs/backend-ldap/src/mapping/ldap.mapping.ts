import { createHash } from 'node:crypto';
import type { Draft, Stored } from '#backend';
import {
  type AttributePath,
  attributeValue,
  dateTimeKey,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Meta,
  type MutableJsonObject,
  normalise,
  presentSchemas,
} from '#scim';
import type { Attributes, Entry } from '../port/directory.js';
import type { ServerAttribute } from '../server/server-schema.js';
import { dnKey } from './dn.js';
import { technicalAttributes } from './keys.js';
import type { MappedAttribute, Model } from './model.js';
import { EPOCH, entryOrder, orderKeyOf } from './order.js';
import { coarse, FORM, fits, octetsOf, valuesOf } from './syntax.js';
import { timestampOf } from './timestamp.js';

/**
 * Resources ↔ entries. The attributes of the table hold what they can, the rest is JSON in `info`,
 * as the reference keeps it. What an attribute holds but cannot show in full (elements with a type,
 * their order, values that its syntax refuses) is in there as well, under a key of its own, with
 * what the attribute held then: if it holds something else now, someone else changed it, and that
 * counts.
 */
const KEPT = 'urn:scim-gateway:ldap';

/** What is under that key. */
interface Kept {
  readonly many: Readonly<
    Record<string, { readonly elements: readonly Json[]; readonly held: readonly string[] }>
  >;
  /** Values of attributes that were made up, by attribute. */
  readonly filled: Readonly<Record<string, string>>;
  /** Names in attributes that refer to other resources, by path, as they were written. */
  readonly referred: Readonly<Record<string, string>>;
  /** The relation has a placeholder, since its class allows no empty one. */
  readonly placeholder: boolean;
  readonly sizes: Sizes;
  readonly types: ElementTypes;
}

/**
 * Types that elements came with that name no resource, by relation and value: of those, no entry
 * tells the type.
 */
export type ElementTypes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** How many elements relations have, by name of the relation, as far as that is known. */
export type Sizes = Readonly<Record<string, number>>;

/** An entry as a resource, with what a later change of it needs to know. */
export interface Decoded {
  readonly entry: Entry;
  readonly stored: Stored;
  /** The JSON value to be replaced by a change; undefined where there is none yet. */
  readonly info: Buffer | undefined;
  readonly placeholder: boolean;
  readonly sizes: Sizes;
  readonly types: ElementTypes;
  /** Whether it has the keys of this table, or needs none. */
  readonly marked: boolean;
  /** Whether its order key is the one that it should have. */
  readonly ordered: boolean;
  /** References that others have changed since: what they name now has to be looked for. */
  readonly changedReferences: readonly {
    readonly path: AttributePath;
    readonly dn: string | undefined;
  }[];
}

/** What a write puts into an entry, by attribute; an empty list removes what is there. */
export interface Encoded {
  readonly attributes: Attributes;
  readonly info: Buffer;
}

export interface EncodeOptions {
  /** Never used before: no two states of an entry have the same JSON. */
  readonly token: string;
  /** Attributes that this server was found to refuse. */
  readonly refused: ReadonlySet<string>;
  readonly placeholder: boolean;
  readonly sizes: Sizes;
  readonly types: ElementTypes;
  /** What the entry holds; undefined for a new one. */
  readonly before?: Attributes;
  /** What a new entry is called, by attribute. */
  readonly names?: Readonly<Record<string, string>>;
  /** The names of entries that the resource refers to, by attribute. */
  readonly referred?: Readonly<Record<string, string>>;
}

/** Puts a resource without its relations into attributes. */
export function encode(
  model: Model,
  resource: Draft,
  { token, refused, placeholder, sizes, types, before, names = {}, referred = {} }: EncodeOptions,
): Encoded {
  const { type } = model;
  const attributes = new Map<string, readonly Buffer[]>();
  const many: Record<string, Kept['many'][string]> = {};
  let rest: JsonObject = withoutRelations(model, resource);
  const made: Record<string, string> = {};
  for (const mapped of model.mapped) {
    const { own, further, elements } = hold(mapped, resource, refused);
    const held = [...own, ...further];
    const written = { own, further, names, before };
    for (const { attribute, values, isMadeUp } of heldBy(mapped, written)) {
      if (isMadeUp) made[attribute.name] = values[0] ?? '';
      if (attribute.syntax !== FORM.shown) {
        attributes.set(attribute.name, octetsOf(attribute, values, before));
      }
    }
    if (held.length === 0) continue;
    rest = without(rest, mapped);
    if (elements !== undefined) many[mapped.name] = { elements, held: distinct(held) };
  }
  const filled = { ...made, ...fillDemanded(model, resource, attributes) };
  for (const { attribute } of model.references) {
    const dn = referred[attribute];
    attributes.set(attribute, dn === undefined ? [] : [Buffer.from(dn)]);
  }
  const { id, schemas, meta, ...others } = rest;
  const location = `${type.endpoint}/${resource.id}`;
  const json = {
    ...(model.assigned ? {} : { id: resource.id }),
    meta: { ...resource.meta, ...(model.assigned ? {} : { location }), version: `W/"${token}"` },
    schemas: resource.schemas,
    ...others,
    ...keptMember({ many, filled, referred, placeholder, sizes, types }),
  };
  const info = Buffer.from(JSON.stringify(json), 'utf8');
  for (const [name, values] of technicalAttributes(model, resource, attributes)) {
    attributes.set(name, values);
  }
  return { attributes, info };
}

/** What a resource reads as once an entry holds these attributes. */
export function storedAs(
  model: Model,
  resource: Draft & { readonly id: string },
  attributes: Attributes,
  info: Buffer,
): Stored {
  const version = versionOf(model, resource.id, attributes, info);
  return { ...withoutRelations(model, resource), meta: { ...resource.meta, version } };
}

/** Reads an entry. @returns undefined for an entry that has no id to be found by */
export function decode(model: Model, entry: Entry, id: string): Decoded {
  const { type, rest } = model;
  const { json, octets: info } = jsonOf(entry.attributes.get(rest.name) ?? []);
  const kept = keptOf(json[KEPT]);
  const own: MutableJsonObject = {};
  for (const [name, value] of Object.entries(json)) {
    if (name !== KEPT && name !== 'id' && name !== 'meta') own[name] = value;
  }
  let resource = withoutRelations(model, own);
  for (const mapped of model.mapped) {
    const real = [mapped.attribute, ...(mapped.also ? [mapped.also] : [])].flatMap((attribute) =>
      valuesOf(attribute, entry.attributes).filter(
        (value) => kept.filled[attribute.name] !== value,
      ),
    );
    const value = mapped.many
      ? elementsOf(mapped, distinct(real), kept, resource)
      : singleOf(mapped, real);
    if (value !== undefined) resource = withValue(resource, mapped, value);
  }
  resource = withRequired(model, resource, id);
  const normal = normalise(resource, type);
  const version = versionOf(model, id, entry.attributes, info);
  const stored: Stored = {
    ...normal,
    id,
    schemas: schemasOf(model, json, normal),
    meta: { ...metaOf(model, json, entry.attributes), version },
  };
  const keys = model.keys === undefined ? undefined : entry.attributes.get(model.keys);
  const orders = model.order === undefined ? undefined : entry.attributes.get(model.order);
  return {
    entry,
    stored,
    info,
    placeholder: kept.placeholder,
    sizes: kept.sizes,
    types: kept.types,
    marked:
      model.keys === undefined ||
      info === undefined ||
      (keys?.some((key) => key.toString() === model.mark) ?? false),
    ordered: model.assigned
      ? entryOrder(model, entry, id) === orderKeyOf(stored)
      : orders?.length === 1 && orders[0]?.toString() === orderKeyOf(stored),
    changedReferences: model.references.flatMap(({ path, attribute }) => {
      const dn = entry.attributes.get(attribute)?.[0]?.toString();
      const before = kept.referred[attribute];
      const same =
        dn === undefined || before === undefined ? dn === before : dnKey(dn) === dnKey(before);
      return same ? [] : [{ path, dn }];
    }),
  };
}

/** A resource that refers to what is there, or no longer to what is not. */
export function withReference(stored: Stored, path: AttributePath, id: string | undefined): Stored {
  const mapped = { path, many: false };
  const changed = id === undefined ? without(stored, mapped) : withValue(stored, mapped, id);
  return changed as Stored;
}

interface Holding {
  /** What its own attribute holds. */
  readonly own: readonly string[];
  /** What the other one does. */
  readonly further: readonly string[];
}

/** What of the values its attributes hold, and the elements where they cannot show them. */
function hold(
  mapped: MappedAttribute,
  resource: JsonObject,
  refused: ReadonlySet<string>,
): Holding & { readonly elements: readonly Json[] | undefined } {
  const { attribute, also, many } = mapped;
  const value = attributeValue(resource, mapped.path.attribute);
  const all = many ? (isArray(value) ? value : []) : value === undefined ? [] : [value];
  const own = refused.has(attribute.name) ? [] : heldIn(mapped, attribute, all);
  const isOpen = many ? all.length > 1 : own.length === 0;
  const further =
    also === undefined || refused.has(also.name) || !isOpen ? [] : heldIn(mapped, also, all);
  // Attributes have no order, so that of several elements is kept.
  const bare = all.length < 2 && all.every((element) => isBare(mapped, element));
  const isWhole = bare && own.length === all.length;
  return { own, further, elements: !many || isWhole ? undefined : all };
}

function heldIn(
  mapped: MappedAttribute,
  attribute: ServerAttribute,
  all: readonly Json[],
): readonly string[] {
  const held = new Map<string, string>();
  // Of several, an attribute that takes one has the one that counts.
  const [first] = attribute.singleValue ? all.filter(isPrimary) : [];
  for (const element of first === undefined ? all : [first, ...all]) {
    const text = textOf(mapped, element);
    if (text === undefined || !isTaken(attribute, text) || held.has(coarse(text))) continue;
    if (attribute.singleValue && held.size > 0) break;
    held.set(coarse(text), text);
  }
  return [...held.values()];
}

function isPrimary(element: Json): boolean {
  return isObject(element) && element.primary === true;
}

function isTaken({ syntax, longest = Number.POSITIVE_INFINITY }: ServerAttribute, text: string) {
  return text.length <= longest && fits(syntax, text);
}

/** What the attributes of a mapped path hold then, and which of it stands for nothing. */
function heldBy(
  { attribute, also, many }: MappedAttribute,
  {
    own,
    further,
    names,
    before,
  }: Holding & Required<Pick<EncodeOptions, 'names'>> & { readonly before: Attributes | undefined },
) {
  const present = (one: ServerAttribute) => (before === undefined ? [] : valuesOf(one, before));
  const result: {
    readonly attribute: ServerAttribute;
    readonly values: readonly string[];
    readonly isMadeUp: boolean;
  }[] = [];
  // An account is enabled or it is not, also where nobody has said so.
  const isOpen = attribute.syntax === FORM.account && own.length === 0;
  const state = isOpen ? [present(attribute)[0] ?? 'true'] : own;
  result.push({ attribute, values: state, isMadeUp: isOpen });
  if (also === undefined) return result;
  // Of names, there has to be one.
  const [name] = present(also);
  const made = names[also.name] ?? name;
  if (many || further.length > 0)
    result.push({ attribute: also, values: further, isMadeUp: false });
  else if (made !== undefined) result.push({ attribute: also, values: [made], isMadeUp: true });
  return result;
}

/** Texts that no server might take for one another. */
function distinct(texts: readonly string[]): readonly string[] {
  const byKey = new Map<string, string>();
  for (const text of texts) if (!byKey.has(coarse(text))) byKey.set(coarse(text), text);
  return [...byKey.values()];
}

function singleOf({ attribute }: MappedAttribute, [text]: readonly string[]): Json | undefined {
  return attribute.syntax === FORM.account && text !== undefined ? text === 'true' : text;
}

function isBare({ path: { sub } }: MappedAttribute, element: Json): boolean {
  return sub === undefined || (isObject(element) && Object.keys(element).length === 1);
}

function textOf(mapped: MappedAttribute, element: Json): string | undefined {
  const { sub } = mapped.path;
  const value = sub === undefined ? element : isObject(element) ? element[sub.name] : undefined;
  if (typeof value === 'boolean' && mapped.attribute.syntax === FORM.account) return String(value);
  return typeof value === 'string' ? value : undefined;
}

/** The elements of a mapped path with many values, as they were sent or as someone else left them. */
function elementsOf(
  mapped: MappedAttribute,
  present: readonly string[],
  kept: Kept,
  resource: JsonObject,
): readonly Json[] | undefined {
  const before = kept.many[mapped.name];
  if (before === undefined && present.length === 0) return undefined;
  const now = new Set(present);
  const held = new Set(before?.held ?? []);
  const elements = before?.elements ?? [];
  const added = present.filter((value) => !held.has(value));
  const same = added.length === 0 && [...held].every((value) => now.has(value));
  if (same)
    return elements.length > 0 ? elements : present.map((text) => bareElement(mapped, text));
  const left = elements.filter((element) => {
    const text = textOf(mapped, element);
    return text === undefined || !held.has(text) || now.has(text);
  });
  const elsewhere = attributeValue(resource, mapped.path.attribute);
  const others = before === undefined && isArray(elsewhere) ? elsewhere : [];
  return [...left, ...others, ...added.map((text) => bareElement(mapped, text))];
}

function bareElement({ path: { sub } }: MappedAttribute, text: string): Json {
  return sub === undefined ? text : { [sub.name]: text };
}

/** Attributes that the classes demand, where the table left them empty. */
function fillDemanded(
  model: Model,
  resource: Draft,
  attributes: Map<string, readonly Buffer[]>,
): Readonly<Record<string, string>> {
  const filled: Record<string, string> = {};
  for (const attribute of model.demanded) {
    if ((attributes.get(attribute.name)?.length ?? 0) > 0) continue;
    const [first] = [resource.displayName, resource.userName, resource.id]
      .filter((value) => typeof value === 'string')
      .filter((value) => fits(attribute.syntax, value));
    const value = first ?? 'unnamed';
    filled[attribute.name] = value;
    attributes.set(attribute.name, octetsOf(attribute, [value], undefined));
  }
  return filled;
}

function keptMember({ many, filled, referred, placeholder, sizes, types }: Kept): JsonObject {
  const member = {
    ...(Object.keys(many).length > 0 ? { many } : {}),
    ...(Object.keys(filled).length > 0 ? { filled } : {}),
    ...(Object.keys(referred).length > 0 ? { referred } : {}),
    ...(placeholder ? { placeholder } : {}),
    ...(Object.keys(sizes).length > 0 ? { sizes } : {}),
    ...(Object.keys(types).length > 0 ? { types } : {}),
  };
  return Object.keys(member).length > 0 ? { [KEPT]: member } : {};
}

function keptOf(value: Json | undefined): Kept {
  const member = isObject(value) ? value : {};
  return {
    many: isObject(member.many) ? (member.many as Kept['many']) : {},
    filled: isObject(member.filled) ? (member.filled as Kept['filled']) : {},
    referred: isObject(member.referred) ? (member.referred as Kept['referred']) : {},
    placeholder: member.placeholder === true,
    sizes: isObject(member.sizes) ? (member.sizes as Sizes) : {},
    types: isObject(member.types) ? (member.types as ElementTypes) : {},
  };
}

/** The value that is a JSON object; others are someone else's remarks. */
function jsonOf(values: readonly Buffer[]): { json: JsonObject; octets: Buffer | undefined } {
  for (const octets of values) {
    const text = octets.toString('utf8');
    if (!text.startsWith('{')) continue;
    try {
      const json: unknown = JSON.parse(text);
      if (isObject(json)) return { json, octets };
    } catch {
      // a remark that happens to begin with a brace
    }
  }
  return { json: {}, octets: undefined };
}

function withoutRelations<T extends JsonObject>(model: Model, resource: T): T {
  const copy: MutableJsonObject = { ...resource };
  for (const { attribute } of [...model.type.relations, ...model.type.inverses]) {
    delete copy[attribute.name];
  }
  return copy as T;
}

/** Without what a mapped path holds; an object that is left empty goes too. */
function without(
  resource: JsonObject,
  { path: { attribute, sub }, many }: Pick<MappedAttribute, 'path' | 'many'>,
): JsonObject {
  const { extension, name } = attribute;
  const outer = extension === undefined ? resource : resource[extension];
  if (!isObject(outer)) return resource;
  const value = outer[name];
  const left = many || sub === undefined || !isObject(value) ? undefined : omit(value, sub.name);
  const changed = left === undefined ? omit(outer, name) : { ...outer, [name]: left };
  const result = changed ?? {};
  if (extension === undefined) return result;
  return changed === undefined
    ? (omit(resource, extension) ?? {})
    : { ...resource, [extension]: changed };
}

function omit(object: JsonObject, name: string): JsonObject | undefined {
  const { [name]: _, ...others } = object;
  return Object.keys(others).length > 0 ? others : undefined;
}

function withValue(
  resource: JsonObject,
  mapped: Pick<MappedAttribute, 'path' | 'many'>,
  value: Json,
): JsonObject {
  const { attribute, sub } = mapped.path;
  const before = attributeValue(resource, attribute);
  const inner =
    mapped.many || sub === undefined
      ? value
      : { ...(isObject(before) ? before : {}), [sub.name]: value };
  if (attribute.extension === undefined) return { ...resource, [attribute.name]: inner };
  const extension = resource[attribute.extension];
  return {
    ...resource,
    [attribute.extension]: { ...(isObject(extension) ? extension : {}), [attribute.name]: inner },
  };
}

/** An entry that someone else wrote may lack what every resource has: it is called by its id then. */
function withRequired(model: Model, resource: JsonObject, id: string): JsonObject {
  let result = resource;
  for (const attribute of model.type.attributes.values()) {
    const wanted = attribute.required && attribute.type === 'string' && !attribute.multiValued;
    if (wanted && attribute.mutability !== 'readOnly' && result[attribute.name] === undefined) {
      result = { ...result, [attribute.name]: id };
    }
  }
  return result;
}

/** As they were sent; an extension's is added where it has data by now. */
function schemasOf(model: Model, json: JsonObject, resource: JsonObject): readonly string[] {
  const sent = isArray(json.schemas) ? json.schemas.map(String) : [];
  const known = new Set(sent.map((uri) => uri.toLowerCase()));
  const missing = presentSchemas(resource, model.type).filter(
    (uri) => !known.has(uri.toLowerCase()),
  );
  return [...sent, ...missing];
}

function metaOf(model: Model, json: JsonObject, attributes: Attributes): Meta {
  const { location, version, etag, ...meta } = isObject(json.meta) ? json.meta : {};
  const written = timestampOf(attributes, 'modifytimestamp');
  const lastModified = dateTime(meta.lastModified) ?? written ?? EPOCH;
  const begun = json.meta === undefined ? timestampOf(attributes, 'createtimestamp') : undefined;
  const created = dateTime(meta.created) ?? begun ?? lastModified;
  return { ...meta, resourceType: model.type.name, created, lastModified };
}

/** The reference writes times without a zone and means UTC. */
function dateTime(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || dateTimeKey(value) === undefined) return undefined;
  return /(?:Z|[+-]\d\d:\d\d)$/i.test(value) ? value : `${value}Z`;
}

/**
 * Of everything that makes the resource, so that what others change is a new version too. Elements
 * of relations are not read for that: of those, the server's mark of the last change tells.
 */
function versionOf(
  model: Model,
  id: string,
  attributes: Attributes,
  info: Buffer | undefined,
): string {
  const hash = createHash('sha256');
  const add = (octets: Buffer) => hash.update(`${octets.length}:`).update(octets);
  add(Buffer.from(id));
  add(info ?? Buffer.alloc(0));
  const held = model.mapped.flatMap(({ attribute, also }) => [attribute, ...(also ? [also] : [])]);
  const states = held.filter(({ syntax }) => syntax === FORM.account);
  for (const state of states) add(Buffer.from(valuesOf(state, attributes).join()));
  const seen = held.filter(({ syntax }) => syntax !== FORM.account && syntax !== FORM.shown);
  const names = new Set([
    ...[...seen, ...model.demanded].map(({ name }) => name),
    ...model.references.map(({ attribute }) => attribute),
  ]);
  if (model.revision !== undefined) names.add(model.revision);
  for (const name of names) {
    add(Buffer.from(name));
    const values = [...(attributes.get(name) ?? [])].sort(Buffer.compare);
    for (const value of values) add(value);
  }
  return `W/"${hash.digest('base64url').slice(0, 27)}"`;
}
