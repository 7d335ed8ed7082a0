import { createHash, randomUUID } from 'node:crypto';
import type { Draft, Stored } from '#backend';
import {
  equalJson,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';
import { type NativeGroup, timeOfId } from '../api/native.js';
import { isDetailsName, joinDetails, splitDetails } from './details.js';
import { isNothing, textOf } from './fields.js';
import { metaOf, naturalSchemas, readable, timeAfter } from './user.mapping.js';
import { versioned } from './version.js';

const MARK = '$scim';
/** The name that a group was given, where that is not its displayName. */
const NAME = '$name';
const OURS = new Set([MARK, NAME, 'id', 'meta', 'schemas', 'members']);
const LONGEST_NAME = 200;

/** A group as it was read. */
export interface DecodedGroup {
  readonly native: NativeGroup;
  /** Without members. */
  readonly stored: Stored;
  readonly mark: string | undefined;
}

/** @param changed when its members were changed by this process, ISO 8601 */
export function decodeGroup(
  type: ResourceType,
  native: NativeGroup,
  changed: string | undefined,
  report: (message: string) => void,
): DecodedGroup {
  const details = joinDetails(detailTexts(native), (name) => {
    report(`The ${name} of the group ${native.id} in JumpCloud cannot be read.`);
  });
  const { meta, ...rest } = metaOf(details, timeOfId(native.id));
  const modified = isObject(meta) ? String(meta.lastModified) : '';
  const lastModified = changed !== undefined && changed > modified ? changed : modified;
  const times = { ...rest, meta: { ...(isObject(meta) ? meta : {}), lastModified } };
  const content = { ...contentOf(native, details ?? {}), ...times };
  const stored = readable(type, native.id, content, () => {
    report(`The details of the group ${native.id} in JumpCloud are not what they should be.`);
    return { displayName: native.name, ...times };
  });
  return { native, stored: versioned(stored), mark: textOf(details?.[MARK]) };
}

export interface EncodedGroup {
  readonly fields: MutableJsonObject;
  /** The word by which a group whose creation got no answer is known again. */
  readonly mark: string;
}

/**
 * All fields of a group, since a PUT empties what it leaves out.
 * @param taken the name that the group should have belongs to another one, which SCIM allows
 */
export function encodeGroup(
  type: ResourceType,
  draft: Draft,
  current: DecodedGroup | undefined,
  taken: boolean,
  modified = current === undefined ? undefined : timeAfter(current.stored),
): EncodedGroup {
  const mark = current?.mark ?? randomUUID().slice(0, 8);
  const name = nameOf(draft, current, mark, taken);
  const details: MutableJsonObject = {};
  for (const [attribute, value] of Object.entries(draft)) {
    if (OURS.has(attribute) || value === undefined) continue;
    if (attribute !== 'displayName' || value !== name) details[attribute] = value;
  }
  details[MARK] = mark;
  if (name !== draft.displayName) details[NAME] = name;
  const natural = naturalSchemas(type, draft);
  if (!equalJson(natural, draft.schemas)) details.schemas = draft.schemas;
  if (modified !== undefined) details.meta = { lastModified: modified };
  const present = current?.native.attributes;
  const foreign = Object.entries(isObject(present) ? present : {}).filter(
    ([attribute]) => !isDetailsName(attribute),
  );
  const { id, type: kind, attributes, ...rest }: JsonObject = current?.native ?? {};
  const others = Object.entries(rest).filter(([, value]) => !isNothing(value));
  const fields = {
    ...Object.fromEntries(others),
    name,
    attributes: { ...Object.fromEntries(foreign), ...Object.fromEntries(splitDetails(details)) },
  };
  return { fields, mark };
}

function contentOf(native: NativeGroup, details: JsonObject): JsonObject {
  const content: MutableJsonObject = {};
  for (const [attribute, value] of Object.entries(details)) {
    if (!OURS.has(attribute)) content[attribute] = value;
  }
  const given = textOf(details[NAME]);
  const renamed = given !== undefined && given !== native.name;
  // Records of the reference have none where the name says it.
  if (textOf(content.displayName) === undefined || renamed) content.displayName = native.name;
  return content;
}

/** What others call the group: its urn where SRAM gave one, else its displayName. */
function wantedName(draft: Draft): string {
  for (const value of Object.values(draft)) {
    const urn = isObject(value) ? textOf(value.urn) : undefined;
    if (urn !== undefined) return urn;
  }
  return textOf(draft.displayName) ?? '';
}

function nameOf(
  draft: Draft,
  current: DecodedGroup | undefined,
  mark: string,
  taken: boolean,
): string {
  const wanted = wantedName(draft);
  if (current !== undefined && wanted === wantedName(current.stored)) return current.native.name;
  const usable = wanted !== '' && wanted.trim() === wanted && wanted.length <= LONGEST_NAME;
  if (usable && !/\p{C}/u.test(wanted) && !taken) return wanted;
  const readable =
    wanted
      .replace(/\p{C}+/gu, ' ')
      .trim()
      .slice(0, LONGEST_NAME - 20) || 'group';
  const tag = createHash('sha256').update(`${mark} ${wanted}`).digest('hex').slice(0, 10);
  return `${readable} (${tag})`;
}

function detailTexts({ attributes }: NativeGroup): ReadonlyMap<string, string> {
  const texts = Object.entries(isObject(attributes) ? attributes : {}).flatMap(
    ([name, value]: [string, Json | undefined]) =>
      isDetailsName(name) && typeof value === 'string' ? [[name, value] as const] : [],
  );
  return new Map(texts);
}
