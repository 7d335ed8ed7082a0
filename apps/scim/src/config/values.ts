import { isIP } from 'node:net';
import { parseBrokerAddress } from '#events';
import { isObject } from '#scim';
import { type KeyEntry, readKeyArray } from './keys.js';

/** Readers of single variables: the value, or undefined for a text that is not understood. */

/** `/`, `scim`, `/scim/v2/` → the prefix without a slash at its end; empty for the root. */
export function readBasePath(text: string): string | undefined {
  const path = `/${text}`.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return /^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path)
    ? path
    : undefined;
}

/** An IP address, or the name of a host; brackets around an IPv6 address are none of it. */
export function readHost(text: string): string | undefined {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 || /^[a-z0-9_](?:[a-z0-9_.-]{0,252})$/i.test(host) ? host : undefined;
}

/** An http(s) address without query and fragment, without a slash at its end. */
export function readPublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const web = url.protocol === 'http:' || url.protocol === 'https:';
  if (!web || url.search !== '' || url.hash !== '' || url.username !== '') return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Which proxies in front may say where a request came from; a number counts them. */
export type TrustProxy = false | number | readonly string[];

/**
 * `true` trusts one proxy. A number is the count of proxies; addresses and subnets name them.
 * Trusting every sender would let clients choose the address they are throttled by.
 */
export function readTrustProxy(text: string): TrustProxy | undefined {
  const lower = text.toLowerCase();
  if (lower === 'false' || lower === 'no' || lower === 'off' || lower === '0') return false;
  if (lower === 'true' || lower === 'yes' || lower === 'on') return 1;
  if (/^\d{1,2}$/.test(lower)) return Number(lower);
  const addresses = lower.split(',').map((part) => part.trim());
  const known = /^(?:loopback|linklocal|uniquelocal|[0-9a-f.:]+(?:\/\d{1,3})?)$/;
  return addresses.every((address) => known.test(address)) ? addresses : undefined;
}

/** `amqp://` and `amqps://` addresses, separated by commas. @throws Error that says what is wrong */
export function readBrokers(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim());
  for (const url of urls) parseBrokerAddress(url);
  return urls;
}

/** What AMQP takes as the name of a queue or exchange; the broker keeps `amq.` to itself. */
export function readBrokerName(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  return bytes > 0 && bytes <= 180 && !text.startsWith('amq.') ? text : undefined;
}

/** Target attribute → path of the attribute whose value it gets. */
export type Mapping = Readonly<Record<string, string>>;

export function readMapping(value: unknown): Mapping | undefined {
  if (!isObject(value)) return undefined;
  const pairs = Object.entries(value).flatMap(([target, path]): [string, string][] =>
    target !== '' && typeof path === 'string' && path !== '' ? [[target, path]] : [],
  );
  return pairs.length === Object.keys(value).length ? Object.fromEntries(pairs) : undefined;
}

/** A tenant and who may enter it. */
export interface TenantKeys {
  readonly name: string;
  readonly keys: readonly KeyEntry[];
}

export const DEFAULT_TENANT = 'default';

/** What a key may do that was given as one that only reads. */
const READ_ONLY: readonly string[] = ['read'];

/** `{"acme": {"keys": ["…", {"sha256": "…", "name": "okta", "scopes": ["users"]}], "readKeys": ["…"]}}` */
export function readTenants(value: unknown): readonly TenantKeys[] | undefined {
  if (!isObject(value)) return undefined;
  const tenants: TenantKeys[] = [];
  for (const [name, stated] of Object.entries(value)) {
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) || name === DEFAULT_TENANT) {
      return undefined;
    }
    if (!isObject(stated) || Object.keys(stated).some((key) => !MEMBERS.includes(key))) {
      return undefined;
    }
    const keys = readKeyArray(stated.keys ?? []);
    const readKeys = readKeyArray(stated.readKeys ?? []);
    if (keys === undefined || readKeys === undefined) return undefined;
    if (keys.length + readKeys.length === 0) return undefined;
    tenants.push({ name, keys: [...keys, ...readOnly(readKeys)] });
  }
  return tenants;
}

const MEMBERS: readonly string[] = ['keys', 'readKeys'];

/** The same keys, which may only read. */
export function readOnly(keys: readonly KeyEntry[]): readonly KeyEntry[] {
  return keys.map((key) => ({
    ...key,
    scopes: [...READ_ONLY, ...key.scopes.filter((scope) => scope !== 'write')],
  }));
}
