import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A resource type that the service has never heard of, with an attribute of every kind. */
export const DEVICE = 'urn:example:params:scim:schemas:core:2.0:Device';
export const WARRANTY = 'urn:example:params:scim:schemas:extension:2.0:Warranty';
export const BADGE = 'urn:example:params:scim:schemas:extension:2.0:Badge';

const device = {
  id: DEVICE,
  name: 'Device',
  description: 'A thing that users work with',
  attributes: [
    { name: 'serial', required: true, caseExact: true, uniqueness: 'server' },
    { name: 'displayName' },
    { name: 'model', mutability: 'immutable' },
    { name: 'state', mutability: 'readOnly' },
    { name: 'pin', mutability: 'writeOnly', returned: 'never' },
    { name: 'notes', returned: 'request' },
    { name: 'inventory', returned: 'always' },
    { name: 'enabled', type: 'boolean' },
    { name: 'ports', type: 'integer' },
    { name: 'weight', type: 'decimal' },
    { name: 'bought', type: 'dateTime' },
    { name: 'firmware', type: 'binary' },
    { name: 'manual', type: 'reference', referenceTypes: ['external'] },
    { name: 'tags', multiValued: true },
    {
      name: 'interfaces',
      type: 'complex',
      multiValued: true,
      subAttributes: [
        { name: 'value', required: true },
        { name: 'type', canonicalValues: ['wifi', 'ethernet'] },
        { name: 'primary', type: 'boolean' },
        { name: 'speed', type: 'integer' },
      ],
    },
    {
      name: 'owners',
      type: 'complex',
      multiValued: true,
      subAttributes: [
        { name: 'value', caseExact: true, mutability: 'immutable' },
        { name: '$ref', type: 'reference', referenceTypes: ['User'], mutability: 'immutable' },
        { name: 'type', canonicalValues: ['User'], mutability: 'immutable' },
        { name: 'display', mutability: 'readOnly' },
      ],
    },
  ],
};

const warranty = {
  id: WARRANTY,
  name: 'Warranty',
  attributes: [{ name: 'until', type: 'dateTime', required: true }, { name: 'by' }],
};

/** An extension of users that nobody has to have. */
const badge = {
  id: BADGE,
  name: 'Badge',
  attributes: [
    { name: 'number', type: 'integer' },
    { name: 'hint', returned: 'request' },
  ],
};

const type = {
  name: 'Device',
  endpoint: '/Devices',
  schema: DEVICE,
  schemaExtensions: [{ schema: WARRANTY, required: true }],
  display: 'displayName',
  unique: ['serial'],
  indexed: ['serial'],
  relations: { owners: { types: ['User'] } },
};

/** A folder for SCHEMA_PATH that adds Device, and the extension Badge of User. */
export function deviceSchemas(): string {
  return schemaFolder({
    'core/Device.json': device,
    'extensions/Device/warranty.json': warranty,
    'extensions/User/badge.json': badge,
    'resource-types/Device.json': type,
  });
}

/** A folder with these files, by their paths; a string is written as it is. */
export function schemaFolder(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A whole device, as a client sends it. */
export function deviceOf(serial: string, attributes: object = {}): Record<string, unknown> {
  return {
    schemas: [DEVICE, WARRANTY],
    serial,
    [WARRANTY]: { until: '2030-01-31T00:00:00Z' },
    ...attributes,
  };
}
