import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../json.js';
import { isArray, isObject } from '../json.js';
import { testRegistry, typeNamed } from '../testing/registry.js';
import { findResourceType, resourceTypeResource } from './resource-types.js';
import { findSchema, schemaResource } from './schemas.js';
import { type ServiceFeatures, serviceProviderConfig } from './service-provider-config.js';

const registry = testRegistry();
const C = 'urn:ietf:params:scim:schemas:core:2.0';
const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SHORT: Record<string, string> = {
  readOnly: 'ro',
  readWrite: 'rw',
  immutable: 'im',
  writeOnly: 'wo',
  always: 'alw',
  default: 'def',
  never: 'nev',
  request: 'req',
};

function definition(id: string): JsonObject {
  const found = findSchema(registry, id);
  if (found === undefined) throw new Error(`no schema ${id}`);
  return schemaResource(found, '');
}

/** `name;type;multi;required;caseExact;mutability;returned;uniqueness[;cv=…][;rt=…]`, one a line. */
function rows(attributes: Json | undefined, depth = ''): string[] {
  if (!isArray(attributes)) return [];
  return attributes.filter(isObject).flatMap((attribute) => {
    const flag = (value: Json | undefined) => (value === undefined ? '-' : value ? 'T' : 'F');
    const list = (key: string, value: Json | undefined) =>
      isArray(value) ? `;${key}=${value.join('/')}` : '';
    const { name, type, multiValued, required, caseExact, mutability, returned } = attribute;
    return [
      `${depth}${String(name)};${String(type)};${flag(multiValued)};${flag(required)};${flag(caseExact)};` +
        `${SHORT[String(mutability)]};${SHORT[String(returned)]};${String(attribute.uniqueness ?? '-')}` +
        list('cv', attribute.canonicalValues) +
        list('rt', attribute.referenceTypes),
      ...rows(attribute.subAttributes, `${depth}.`),
    ];
  });
}

const plain = (display = '') => `
.value;string;F;F;F;rw;def;none
.display;string;F;F;F;rw;def;none
.type;string;F;F;F;rw;def;none${display}
.primary;boolean;F;F;-;rw;def;-`;
const text = (name: string) => `${name};string;F;F;F;rw;def;none`;

/** RFC 7643 §8.7 with its errata: caseExact of ids, references and binaries, no uniqueness of complex ones. */
const USER = `
userName;string;F;T;F;rw;def;server
name;complex;F;F;-;rw;def;-
${['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'].map((n) => `.${text(n)}`).join('\n')}
${text('displayName')}
${text('nickName')}
profileUrl;reference;F;F;T;rw;def;none;rt=external
${['title', 'userType', 'preferredLanguage', 'locale', 'timezone'].map(text).join('\n')}
active;boolean;F;F;-;rw;def;-
password;string;F;F;F;wo;nev;none
emails;complex;T;F;-;rw;def;-${plain(';cv=work/home/other')}
phoneNumbers;complex;T;F;-;rw;def;-${plain(';cv=work/home/mobile/fax/pager/other')}
ims;complex;T;F;-;rw;def;-${plain(';cv=aim/gtalk/icq/xmpp/msn/skype/qq/yahoo/other')}
photos;complex;T;F;-;rw;def;-
.value;reference;F;F;T;rw;def;none;rt=external
.display;string;F;F;F;rw;def;none
.type;string;F;F;F;rw;def;none;cv=photo/thumbnail
.primary;boolean;F;F;-;rw;def;-
addresses;complex;T;F;-;rw;def;-
${['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'].map((n) => `.${text(n)}`).join('\n')}
.type;string;F;F;F;rw;def;none;cv=work/home/other
.primary;boolean;F;F;-;rw;def;-
groups;complex;T;F;-;ro;def;-
.value;string;F;F;T;ro;def;none
.$ref;reference;F;F;T;ro;def;none;rt=Group
.display;string;F;F;F;ro;def;none
.type;string;F;F;F;ro;def;none;cv=direct/indirect
entitlements;complex;T;F;-;rw;def;-${plain()}
roles;complex;T;F;-;rw;def;-${plain()}
x509Certificates;complex;T;F;-;rw;def;-
.value;binary;F;F;T;rw;def;none
.display;string;F;F;F;rw;def;none
.type;string;F;F;F;rw;def;none
.primary;boolean;F;F;-;rw;def;-`;
const GROUP = `
displayName;string;F;T;F;rw;def;none
members;complex;T;F;-;rw;def;-
.value;string;F;F;T;im;def;none
.$ref;reference;F;F;T;im;def;none;rt=User/Group
.display;string;F;F;F;ro;def;none
.type;string;F;F;F;im;def;none;cv=User/Group`;
const ENTERPRISE = `
${['employeeNumber', 'costCenter', 'organization', 'division', 'department'].map(text).join('\n')}
manager;complex;F;F;-;rw;def;-
.value;string;F;F;T;rw;def;none
.$ref;reference;F;F;T;rw;def;none;rt=User
.displayName;string;F;F;F;ro;def;none`;

describe('Schema resources', () => {
  it.each([
    [`${C}:User`, USER],
    [`${C}:Group`, GROUP],
    [ENT, ENTERPRISE],
  ])('R-039 %s states every characteristic as RFC 7643 §8.7 and its errata', (id, table) => {
    expect(rows(definition(id).attributes)).toEqual(table.trim().split('\n'));
  });

  it.each([
    [`${C}:Schema`, 'attributes;complex;T;T;-;ro;def;-'],
    [`${C}:Schema`, '..referenceTypes;string;T;F;T;ro;def;none'],
    [
      `${C}:Schema`,
      '.type;string;F;T;F;ro;def;none;cv=string/boolean/decimal/integer/dateTime/binary/reference/complex',
    ],
    [
      `${C}:Schema`,
      '..type;string;F;T;F;ro;def;none;cv=string/boolean/decimal/integer/dateTime/binary/reference',
    ],
    [`${C}:ResourceType`, 'schemaExtensions;complex;T;F;-;ro;def;-'],
    [`${C}:ServiceProviderConfig`, 'etag;complex;F;T;-;ro;def;-'],
    [`${C}:ServiceProviderConfig`, 'pagination;complex;F;F;-;ro;def;-'],
    [
      `${C}:ServiceProviderConfig`,
      '.type;string;F;T;F;ro;def;none;cv=oauth/oauth2/oauthbearertoken/httpbasic/httpdigest',
    ],
  ])('R-034 %s has %s', (id, row) => {
    expect(rows(definition(id).attributes)).toContain(row);
  });

  it('R-040 R-042 every attribute has what applies to it, and nothing is null', () => {
    const walk = (attribute: JsonObject): void => {
      expect(Object.values(attribute)).not.toContain(null);
      expect(attribute).toMatchObject({
        name: expect.any(String),
        type: expect.any(String),
        multiValued: expect.any(Boolean),
        description: expect.stringMatching(/\S/),
        required: expect.any(Boolean),
      });
      expect(['readOnly', 'readWrite', 'immutable', 'writeOnly']).toContain(attribute.mutability);
      expect(['always', 'never', 'default', 'request']).toContain(attribute.returned);
      if (isArray(attribute.subAttributes)) attribute.subAttributes.filter(isObject).forEach(walk);
    };
    for (const schema of registry.schemas) {
      const { attributes } = schemaResource(schema, '');
      if (isArray(attributes)) attributes.filter(isObject).forEach(walk);
    }
  });

  it('R-041 R-035 carry schemas, id, name, description and meta', () => {
    for (const schema of registry.schemas) {
      expect(schema.id).not.toMatch(/^urn:ietf:params:scim:api:/);
      expect(schemaResource(schema, 'https://h')).toMatchObject({
        schemas: [`${C}:Schema`],
        id: schema.id,
        name: expect.any(String),
        description: expect.any(String),
        meta: { resourceType: 'Schema', location: `https://h/Schemas/${schema.id}` },
      });
    }
  });

  it('R-045 R-036 are found in any letter case, or not at all', () => {
    expect(findSchema(registry, ENT.toUpperCase())?.id).toBe(ENT);
    expect(findSchema(registry, 'urn:unknown')).toBeUndefined();
  });
});

describe('ResourceType resources', () => {
  it('R-031 R-032 describe a type', () => {
    const user = findResourceType(registry, 'user');
    expect(user).toBe(typeNamed(registry, 'User'));
    expect(resourceTypeResource(typeNamed(registry, 'User'), '/v2')).toEqual({
      schemas: [`${C}:ResourceType`],
      id: 'User',
      name: 'User',
      description: 'User account',
      endpoint: '/Users',
      schema: `${C}:User`,
      schemaExtensions: [
        { schema: ENT, required: false },
        { schema: 'urn:mace:surf.nl:sram:scim:extension:User', required: false },
        { schema: 'urn:temporaryNamespace:scim:schemas:voPerson:User', required: false },
      ],
      meta: { resourceType: 'ResourceType', location: '/v2/ResourceTypes/User' },
    });
    expect(findResourceType(registry, 'Nope')).toBeUndefined();
  });
});

describe('ServiceProviderConfig', () => {
  const features: ServiceFeatures = {
    documentationUri: 'https://example.com/doc',
    patch: true,
    bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1048576 },
    filter: { supported: true, maxResults: 100 },
    changePassword: true,
    sort: true,
    etag: true,
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 100,
      maxPageSize: 100,
      cursorTimeout: 3600,
    },
    authenticationSchemes: [
      { type: 'oauthbearertoken', name: 'Bearer', description: 'A key', primary: true },
    ],
  };

  it('R-026 R-027 R-030 R-293 states what the service does', () => {
    expect(serviceProviderConfig(features, 'https://h')).toEqual({
      schemas: [`${C}:ServiceProviderConfig`],
      ...features,
      patch: { supported: true },
      changePassword: { supported: true },
      sort: { supported: true },
      etag: { supported: true },
      meta: {
        resourceType: 'ServiceProviderConfig',
        location: 'https://h/ServiceProviderConfig',
      },
    });
  });

  it('R-027 has every required attribute of its own schema, and no other', () => {
    const config = serviceProviderConfig(features, '');
    const check = (attributes: Json | undefined, value: JsonObject): void => {
      if (!isArray(attributes)) throw new Error('no attributes');
      const defined = attributes.filter(isObject);
      const names = defined.map(({ name }) => String(name));
      for (const key of Object.keys(value)) expect(names).toContain(key);
      for (const { name, required, subAttributes } of defined) {
        const member = value[String(name)];
        if (required) expect(member).toBeDefined();
        const elements = isArray(member) ? member : [member];
        for (const element of elements) if (isObject(element)) check(subAttributes, element);
      }
    };
    const { schemas: _schemas, meta: _meta, ...own } = config;
    check(definition(`${C}:ServiceProviderConfig`).attributes, own);
  });
});
