import { isObject, type Json, type JsonObject } from '#scim';
import type { Codec } from './codec.js';
import { addressOf, clean, type Fields, isAddress, isNothing, objects, textOf } from './fields.js';

/** The e-mail address that JumpCloud gets: the primary one if it is one, else the first that is. */
function preferred(value: Json | undefined): JsonObject | undefined {
  const elements = objects(value).filter((element) => isAddress(element.value));
  return elements.find((element) => element.primary === true) ?? elements[0];
}

const emails: Codec = {
  attribute: 'emails',
  write: (value) => ({ email: preferred(value)?.value ?? '' }),
  read: ({ email }) => {
    const address = addressOf(email);
    return address === undefined ? undefined : [{ value: address, primary: true }];
  },
  overlay: (kept, { email }) => {
    const address = addressOf(email);
    const elements = objects(kept);
    const changed = preferred(kept);
    if (address === undefined) return elements.filter((element) => element !== changed);
    if (changed === undefined) {
      const others = elements.map(({ primary: _, ...element }) => element);
      return [{ value: address, primary: true }, ...others];
    }
    return elements.map((element) =>
      element === changed ? { ...element, value: address } : element,
    );
  },
  // Nobody knows whether the letter case of addresses is kept.
  same: (_, a, b) => (addressOf(a) ?? '').toLowerCase() === (addressOf(b) ?? '').toLowerCase(),
};

/** An element of a list that JumpCloud has one of for each type. */
interface Typed {
  readonly attribute: string;
  readonly field: string;
  /** SCIM type → native type. */
  readonly types: Readonly<Record<string, string>>;
  /** SCIM sub-attribute → native one. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Elements by type; those that JumpCloud cannot hold are left to the details. */
function typed({ attribute, field, types, parts }: Typed): Codec {
  const scimTypes = new Map(Object.entries(types).map(([scim, native]) => [native, scim]));
  const encoded = (element: JsonObject): JsonObject | undefined => {
    const type = typeof element.type === 'string' ? types[element.type] : undefined;
    if (type === undefined) return undefined;
    const values = Object.entries(parts).map(([from, to]) => [to, clean(element[from])] as const);
    const assigned = values.filter(([, value]) => value !== '');
    return assigned.length === 0 ? undefined : { type, ...Object.fromEntries(assigned) };
  };
  const decoded = (native: JsonObject): readonly JsonObject[] => {
    const type = scimTypes.get(String(native.type));
    const values = Object.entries(parts).flatMap(([to, from]) => {
      const value = textOf(native[from]);
      return value === undefined ? [] : [[to, value] as const];
    });
    return type === undefined || values.length === 0
      ? []
      : [{ ...Object.fromEntries(values), type }];
  };
  const write = (value: Json | undefined): Fields => {
    const byType = new Map<Json | undefined, JsonObject>();
    for (const element of objects(value)) {
      const native = encoded(element);
      if (native !== undefined && !byType.has(native.type)) byType.set(native.type, native);
    }
    return { [field]: [...byType.values()] };
  };
  const read = (fields: Fields): Json | undefined => {
    const elements = objects(fields[field]).flatMap(decoded);
    return elements.length === 0 ? undefined : elements;
  };
  return {
    attribute,
    write,
    read,
    overlay: (kept, fields) => {
      const natives = objects(fields[field]);
      const present = new Map(natives.map((native) => [native.type, native]));
      const used = new Set<unknown>();
      const elements = objects(kept).flatMap((element) => {
        const type = encoded(element)?.type;
        if (type === undefined || used.has(type)) return [element];
        used.add(type);
        const [now] = decoded(present.get(type) ?? {});
        return now === undefined ? [] : [{ ...element, ...now }];
      });
      const added = natives.filter(({ type }) => !used.has(type)).flatMap(decoded);
      const all = [...elements, ...added];
      return all.length === 0 ? undefined : all;
    },
    same: (_, a, b) => {
      const known = [...Object.values(parts), 'type'];
      const shape = (list: Json | undefined) =>
        objects(list)
          .filter(({ type }) => scimTypes.has(String(type)))
          .map((native) => known.map((name) => textOf(native[name]) ?? '').join('\n'))
          .filter((line) => line.trim() !== '')
          .sort();
      return JSON.stringify(shape(a)) === JSON.stringify(shape(b));
    },
  };
}

const phoneNumbers = typed({
  attribute: 'phoneNumbers',
  field: 'phoneNumbers',
  types: {
    mobile: 'mobile',
    home: 'home',
    work: 'work',
    pager: 'work_mobile',
    fax: 'work_fax',
  },
  parts: { value: 'number' },
});

const addresses = typed({
  attribute: 'addresses',
  field: 'addresses',
  types: { work: 'work', home: 'home' },
  parts: {
    streetAddress: 'streetAddress',
    locality: 'locality',
    region: 'region',
    postalCode: 'postalCode',
    country: 'country',
  },
});

export const LIST_CODECS: readonly Codec[] = [emails, phoneNumbers, addresses];

/**
 * A native list as it is to be sent: ours, with what others put into the same entries, and the
 * entries that SCIM has no word for.
 */
export function mergedList(ours: Json, present: Json | undefined): Json {
  const mine = objects(ours);
  const theirs = objects(present).map(({ _id, id, ...entry }) => entry);
  const types = new Set(mine.map(({ type }) => type));
  const merged = mine.map((entry) => {
    const before = theirs.find(({ type }) => type === entry.type);
    const extra = Object.entries(before ?? {}).filter(
      ([name, value]) => FOREIGN.has(name) && !isNothing(value),
    );
    return { ...Object.fromEntries(extra), ...entry };
  });
  const others = theirs.filter(({ type }) => !types.has(type) && !KNOWN.has(String(type)));
  return [...merged, ...others.filter(isObject)];
}

/** Parts of an address that SCIM has no word for. */
const FOREIGN = new Set(['poBox', 'extendedAddress']);
const KNOWN = new Set(['mobile', 'home', 'work', 'work_mobile', 'work_fax']);
