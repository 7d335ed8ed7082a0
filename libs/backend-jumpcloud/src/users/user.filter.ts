import { type FilterLanguage, pushDown } from '#backend';
import { type AttributePath, type Filter, type Json, type JsonObject, leaf } from '#scim';
import { isNativeId } from '../api/native.js';
import { clean } from '../mapping/fields.js';
import { ENTERPRISE } from '../mapping/simple-codecs.js';
import { nativeName } from '../mapping/user-name.js';

/** Native fields that hold every value that can be looked for in them, in any letter case. */
const FIELDS: Readonly<Record<string, string>> = {
  displayName: 'displayname',
  title: 'jobTitle',
  userType: 'employeeType',
  'name.givenName': 'firstname',
  'name.middleName': 'middlename',
  'name.familyName': 'lastname',
  [`${ENTERPRISE}:department`]: 'department',
  [`${ENTERPRISE}:costCenter`]: 'costCenter',
  [`${ENTERPRISE}:organization`]: 'company',
};

/**
 * Conditions of a search that finds every user with this value, and perhaps others.
 * @returns undefined where no search does: all users have to be looked at
 */
export function conditionsOf(path: AttributePath, value: Json): readonly JsonObject[] | undefined {
  if (typeof value !== 'string') return undefined;
  const name = leaf(path).path;
  // Names beyond ASCII, and what a field cannot hold, may be written in several ways.
  const plain = /^[\x20-\x7e]+$/.test(value) && clean(value) === value;
  if (name === 'userName') {
    const own = { username: nativeName(value) };
    return plain ? [own, { username: ignoringCase(value) }] : [own];
  }
  if (name === 'externalId') return plain ? [{ external_dn: value }] : undefined;
  if (name === `${ENTERPRISE}:manager.value`) {
    return isNativeId(value) ? [{ manager: value }] : undefined;
  }
  const field = FIELDS[name];
  return field === undefined || !plain ? undefined : [{ [field]: ignoringCase(value) }];
}

/** What finds every match of a filter without looking at all users. */
export type Candidates =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | {
      readonly kind: 'search';
      readonly conditions: readonly JsonObject[];
      /** Values of externalId among them: some are known to the details only. */
      readonly externalIds: readonly string[];
    };

/** @returns undefined where all users have to be looked at */
export function candidatesOf(filter: Filter): Candidates | undefined {
  return pushDown(LANGUAGE, filter)?.query;
}

const LANGUAGE: FilterLanguage<Candidates> = {
  nothing: { kind: 'ids', ids: [] },
  // One search is asked for: the narrowest.
  and: (all) => all.find(({ kind }) => kind === 'ids') ?? all[0],
  or: (all) => {
    const searches = all.filter((one) => one.kind === 'search');
    if (searches.length < all.length) return undefined;
    return {
      kind: 'search',
      conditions: searches.flatMap(({ conditions }) => conditions),
      externalIds: searches.flatMap(({ externalIds }) => externalIds),
    };
  },
  compare: ({ path, operator, value }) => {
    if (operator !== 'eq' || typeof value !== 'string') return undefined;
    if (path.attribute.name === 'id' && path.attribute.extension === undefined) {
      return { query: { kind: 'ids', ids: [value] }, exact: false };
    }
    const conditions = conditionsOf(path, value);
    const externalIds = leaf(path).path === 'externalId' ? [value] : [];
    return conditions && { query: { kind: 'search', conditions, externalIds }, exact: false };
  },
  present: () => undefined,
  valuePath: () => undefined,
};

/** A condition that a text is this one in any letter case. */
export function ignoringCase(text: string): JsonObject {
  return { $regex: `(?i)^${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$` };
}
