import { createHash } from 'node:crypto';
import { isArray, isObject, type JsonObject } from '#scim';

/** A key that opens the service, as its digest: the key itself is forgotten once it was read. */
export interface KeyEntry {
  /** SHA-256 of the key, in lower-case hex. */
  readonly sha256: string;
  /** What logs and metrics call it; unique in its tenant. */
  readonly name?: string;
  /** Milliseconds since 1970 from which on it opens nothing. */
  readonly expires?: number;
  /** What it may do, see `access/rights.ts`; none stands for everything. */
  readonly scopes: readonly string[];
  /** Shorter than anybody should rely upon; unknown of a key that was given as a digest. */
  readonly isShort: boolean;
}

/** Characters from which on a key is not easily guessed. */
export const SHORTEST_KEY = 16;

const HEX = /^[0-9a-f]{64}$/i;
const NAME = /^[\w.@-]{1,64}$/;
const SCOPE = /^[a-z][a-z0-9-]*$/;
const MEMBERS: readonly string[] = ['key', 'sha256', 'name', 'expires', 'scopes'];

/** SHA-256 in hex, the form in which keys are kept. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Keys separated by commas or line breaks, or a JSON array of keys and of objects as in TENANTS. */
export function readKeys(text: string): readonly KeyEntry[] | undefined {
  return readList(text, plainKey);
}

/** The same with SHA-256 digests in hex instead of keys. */
export function readKeyHashes(text: string): readonly KeyEntry[] | undefined {
  return readList(text, hashedKey);
}

/** An array of keys and of `{"key"|"sha256", "name", "expires", "scopes"}`. */
export function readKeyArray(value: unknown): readonly KeyEntry[] | undefined {
  return isArray(value) ? readAll(value, plainKey) : undefined;
}

function readList(
  text: string,
  read: (value: unknown) => KeyEntry | undefined,
): readonly KeyEntry[] | undefined {
  if (text.startsWith('[')) {
    const value = parsed(text);
    return isArray(value) && value.length > 0 ? readAll(value, read) : undefined;
  }
  const parts = text
    .split(/[,\r\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 ? readAll(parts, read) : undefined;
}

function readAll(
  values: readonly unknown[],
  read: (value: unknown) => KeyEntry | undefined,
): readonly KeyEntry[] | undefined {
  const entries = values
    .map((value) => (isObject(value) ? describedKey(value) : read(value)))
    .filter((entry) => entry !== undefined);
  return entries.length === values.length ? entries : undefined;
}

/** Keys as they can stand in a header: visible ASCII without commas. */
function plainKey(value: unknown): KeyEntry | undefined {
  if (typeof value !== 'string' || !/^[\x21-\x2b\x2d-\x7e]+$/.test(value)) return undefined;
  return { sha256: digestOf(value), scopes: [], isShort: value.length < SHORTEST_KEY };
}

function hashedKey(value: unknown): KeyEntry | undefined {
  if (typeof value !== 'string' || !HEX.test(value)) return undefined;
  return { sha256: value.toLowerCase(), scopes: [], isShort: false };
}

function describedKey(value: JsonObject): KeyEntry | undefined {
  if (Object.keys(value).some((name) => !MEMBERS.includes(name))) return undefined;
  const { key, sha256, name, expires, scopes = [] } = value;
  const entry = key === undefined ? hashedKey(sha256) : plainKey(key);
  if (entry === undefined || (key !== undefined && sha256 !== undefined)) return undefined;
  if (name !== undefined && (typeof name !== 'string' || !NAME.test(name))) return undefined;
  if (!isArray(scopes) || !scopes.every(isScope)) return undefined;
  const end = expires === undefined ? undefined : dateOf(expires);
  if (expires !== undefined && end === undefined) return undefined;
  return {
    ...entry,
    scopes: scopes.filter(isScope),
    ...(name === undefined ? {} : { name }),
    ...(end === undefined ? {} : { expires: end }),
  };
}

function isScope(value: unknown): value is string {
  return typeof value === 'string' && SCOPE.test(value);
}

/** A day, at whose beginning in UTC the key ends, or a time with its zone (ISO 8601). */
function dateOf(value: unknown): number | undefined {
  const form = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;
  if (typeof value !== 'string' || !form.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
