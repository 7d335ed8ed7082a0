import { type KeyEntry, readKeyHashes, readKeys } from '../keys.js';
import { type RateLimit, readRateLimit, readRedisUrl } from '../rate-limit.js';
import { readTenants, type TenantKeys } from '../values.js';
import { Flag, fromJson, Parsed, Secret, Text } from './kinds.js';

const KEYS = 'keys of visible ASCII characters, separated by commas, or a JSON array of them';
const HASHES = 'SHA-256 digests in hex, separated by commas, or a JSON array of them';

/** Who gets in. */
export class AccessVariables {
  /** Keys that may read and write, as `Authorization: Bearer` or `x-api-key`. */
  @Secret()
  @Parsed(KEYS, readKeys)
  API_KEY?: readonly KeyEntry[];

  /** SHA-256 digests in hex of keys that may read and write. */
  @Secret()
  @Parsed(HASHES, readKeyHashes)
  API_KEY_HASHES?: readonly KeyEntry[];

  /** Keys that may only read. */
  @Secret()
  @Parsed(KEYS, readKeys)
  API_KEY_READ?: readonly KeyEntry[];

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

  /** Most requests of one client, as `100/s`, `6000/m` or `600/30s`; more are 429. */
  @Parsed('requests and a time, like 100/s or 6000/m', readRateLimit)
  RATE_LIMIT?: RateLimit;

  /** Redis in which all instances count requests together. */
  @Secret()
  @Parsed('a redis:// or rediss:// address', readRedisUrl)
  REDIS_URL?: string;

  /** Seals cursors and tokens, the same for all instances; else one that the store keeps. */
  @Secret()
  @Text()
  CURSOR_SECRET?: string;

  /** Opens cursors and tokens, too, but seals none: the next or the last secret while it is exchanged. */
  @Secret()
  @Text()
  CURSOR_SECRET_OTHER?: string;
}
