import { ENTERPRISE, GROUP, USER } from './scim.js';

function plural(
  name: string,
  types: string,
  value: string,
): readonly (readonly [string, string])[] {
  return [
    [name, 'complex many'],
    [`${name}.value`, value],
    [`${name}.display`, 'string'],
    [`${name}.type`, `string ${types}`.trim()],
    [`${name}.primary`, 'boolean'],
  ];
}

const strings = (...names: readonly string[]) => names.map((name) => [name, 'string'] as const);

/**
 * RFC 7643 §8.7.1 with the errata 5368, 6000, 6001, 6004, 6011, 8471, 8472: the path of every
 * attribute, and what is not the default of its characteristics.
 */
export const RFC_SCHEMAS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  [USER]: [
    ['userName', 'string required server'],
    ['name', 'complex'],
    ...strings('name.formatted', 'name.familyName', 'name.givenName', 'name.middleName'),
    ...strings('name.honorificPrefix', 'name.honorificSuffix', 'displayName', 'nickName'),
    ['profileUrl', 'reference exact →external'],
    ...strings('title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
    ['active', 'boolean'],
    ['password', 'string writeOnly never'],
    ...plural('emails', 'work home other', 'string'),
    ...plural('phoneNumbers', 'work home mobile fax pager other', 'string'),
    ...plural('ims', 'aim gtalk icq xmpp msn skype qq yahoo other', 'string'),
    ...plural('photos', 'photo thumbnail', 'reference exact →external'),
    ['addresses', 'complex many'],
    ...strings('addresses.formatted', 'addresses.streetAddress', 'addresses.locality'),
    ...strings('addresses.region', 'addresses.postalCode', 'addresses.country'),
    ['addresses.type', 'string work home other'],
    ['addresses.primary', 'boolean'],
    ['groups', 'complex many readOnly'],
    ['groups.value', 'string exact readOnly'],
    ['groups.$ref', 'reference exact readOnly →Group'],
    ['groups.display', 'string readOnly'],
    ['groups.type', 'string readOnly direct indirect'],
    ...plural('entitlements', '', 'string'),
    ...plural('roles', '', 'string'),
    ...plural('x509Certificates', '', 'binary exact'),
  ],
  [GROUP]: [
    ['displayName', 'string required'],
    ['members', 'complex many'],
    ['members.value', 'string exact immutable'],
    ['members.$ref', 'reference exact immutable →User →Group'],
    ['members.display', 'string readOnly'],
    ['members.type', 'string immutable User Group'],
  ],
  [ENTERPRISE]: [
    ...strings('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
    ['manager', 'complex'],
    ['manager.value', 'string exact'],
    ['manager.$ref', 'reference exact →User'],
    ['manager.displayName', 'string readOnly'],
  ],
};
