import { readKeys, readTenants, type TenantKeys } from '../values.js';
import { Flag, fromJson, Parsed, Secret, Text } from './kinds.js';

const KEYS = 'one or more keys of visible ASCII characters, separated by commas';

/** Who gets in. */
export class AccessVariables {
  /** Keys that may read and write, as `Authorization: Bearer` or `x-api-key`. */
  @Secret()
  @Parsed(KEYS, readKeys)
  API_KEY?: readonly string[];

  /** Keys that may only read. */
  @Secret()
  @Parsed(KEYS, readKeys)
  API_KEY_READ?: readonly string[];

  /** Further tenants with data and keys of their own. */
  @Secret()
  @Parsed(
    'a JSON object like {"acme": {"keys": ["…"], "readKeys": ["…"]}}, with names of a-z, 0-9 and "-" other than "default"',
    fromJson(readTenants),
  )
  TENANTS: readonly TenantKeys[] = [];

  /** Whether discovery (ServiceProviderConfig, ResourceTypes, Schemas) needs no key. */
  @Flag()
  DISCOVERY_PUBLIC = true;

  /** Seals cursors; instances that share clients need the same. Else made from the keys. */
  @Secret()
  @Text()
  CURSOR_SECRET?: string;
}
