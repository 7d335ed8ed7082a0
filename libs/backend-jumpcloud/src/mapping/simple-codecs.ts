import { isObject, type Json, type MutableJsonObject } from '#scim';
import { isNativeId } from '../api/native.js';
import type { Codec } from './codec.js';
import { clean, type Fields, textOf } from './fields.js';
import { nativeName } from './user-name.js';

export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** An attribute with a native field of its own. */
function text(attribute: string, field: string): Codec {
  return {
    attribute,
    write: (value) => ({ [field]: clean(value) }),
    read: (fields) => textOf(fields[field]),
  };
}

/** A complex attribute or an extension, some of whose members have native fields. */
function members(
  attribute: string,
  names: Readonly<Record<string, string>>,
  cleaned: (value: Json | undefined, field: string) => Json = clean,
): Codec {
  const read = (fields: Fields): MutableJsonObject | undefined => {
    const value: MutableJsonObject = {};
    for (const [name, field] of Object.entries(names)) {
      const part = textOf(fields[field]);
      if (part !== undefined) value[name] = name === 'manager' ? { value: part } : part;
    }
    return Object.keys(value).length === 0 ? undefined : value;
  };
  return {
    attribute,
    write: (value) => {
      const object = isObject(value) ? value : {};
      return Object.fromEntries(
        Object.entries(names).map(([name, field]) => [field, cleaned(object[name], field)]),
      );
    },
    read,
    overlay: (kept, fields) => {
      const rest = Object.entries(isObject(kept) ? kept : {}).filter(([name]) => !(name in names));
      const value = { ...Object.fromEntries(rest), ...read(fields) };
      return Object.keys(value).length === 0 ? undefined : value;
    },
  };
}

const userName: Codec = {
  attribute: 'userName',
  write: (value) => ({ username: nativeName(String(value)) }),
  read: ({ username }) => textOf(username),
};

/** JumpCloud's own directories use the field of users whom they manage. */
const externalId: Codec = {
  attribute: 'externalId',
  write: (value) => ({ external_dn: clean(value) }),
  read: (fields) => (fields.externally_managed === true ? undefined : textOf(fields.external_dn)),
};

const name = members('name', {
  givenName: 'firstname',
  middleName: 'middlename',
  familyName: 'lastname',
});

const active: Codec = {
  attribute: 'active',
  // Both fields, and never one against the other, which is refused.
  write: (value) => ({
    state: value === false ? 'SUSPENDED' : 'ACTIVATED',
    suspended: value === false,
  }),
  read: ({ state, suspended }) => suspended !== true && (state ?? 'ACTIVATED') === 'ACTIVATED',
};

const enterprise = members(
  ENTERPRISE,
  {
    employeeNumber: 'employeeIdentifier',
    department: 'department',
    costCenter: 'costCenter',
    organization: 'company',
    manager: 'manager',
  },
  (value, field) => {
    if (field === 'manager') {
      const id = isObject(value) ? value.value : undefined;
      return typeof id === 'string' && isNativeId(id) ? id : null;
    }
    if (field !== 'employeeIdentifier') return clean(value);
    const number = clean(value);
    return number === '' || number.length > 256 ? null : number;
  },
);

/** Attributes whose one value, or whose parts, have fields of their own. */
export const SIMPLE_CODECS: readonly Codec[] = [
  userName,
  externalId,
  name,
  text('displayName', 'displayname'),
  text('title', 'jobTitle'),
  text('userType', 'employeeType'),
  active,
  enterprise,
];
