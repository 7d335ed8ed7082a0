import type { Report } from './files.js';
import { digestOf, SHORTEST_KEY } from './keys.js';
import { DEFAULT_TENANT, readOnly, type TenantKeys } from './values.js';
import type { AccessVariables } from './variables/access.js';

/** Digest of the reference's default key, "secret"; good for a first try only. */
const DEFAULT_DIGEST = digestOf('secret');

/**
 * The tenants and their keys. `API_KEY`, `API_KEY_HASHES` and `API_KEY_READ` belong to the default
 * tenant; without any key at all, and without tokens, it has the default one. A key must tell
 * exactly one tenant, and a name one key of it.
 * @param tokenTenants tenants that tokens open
 */
export function tenantsOf(
  variables: AccessVariables,
  tokenTenants: readonly string[],
  report: Report,
): readonly TenantKeys[] {
  const { API_KEY = [], API_KEY_HASHES = [], API_KEY_READ = [], TENANTS: others } = variables;
  const stated = [...API_KEY, ...API_KEY_HASHES, ...readOnly(API_KEY_READ)];
  const none = stated.length + others.length + tokenTenants.length === 0;
  const keys = none ? [{ sha256: DEFAULT_DIGEST, scopes: [], isShort: true }] : stated;
  const isOpen = keys.length > 0 || tokenTenants.includes(DEFAULT_TENANT);
  const tenants = isOpen ? [{ name: DEFAULT_TENANT, keys }, ...others] : others;
  const culprit =
    others.length > 0 ? 'TENANTS' : API_KEY_READ.length > 0 ? 'API_KEY_READ' : 'API_KEY';
  if (repeats(tenants.flatMap((tenant) => distinct(tenant)))) {
    report(culprit, 'repeats a key; every key belongs to one tenant and has one set of rights');
  }
  if (tenants.some((tenant) => repeats(tenant.keys.flatMap(({ name }) => name ?? [])))) {
    report(culprit, 'gives two keys of a tenant the same name; logs could not tell them apart');
  }
  return tenants;
}

/** Digests of a tenant; the same key with the same rights may be said twice. */
function distinct({ keys }: TenantKeys): readonly string[] {
  const entries = keys.map(({ sha256, scopes }) => `${sha256} ${scopes.join()}`);
  return [...new Set(entries)].map((entry) => entry.slice(0, entry.indexOf(' ')));
}

function repeats(values: readonly string[]): boolean {
  return new Set(values).size !== values.length;
}

/** Whether the key that everybody knows opens the service. */
export function hasDefaultKey(tenants: readonly TenantKeys[]): boolean {
  return tenants.some(({ keys }) => keys.some(({ sha256 }) => sha256 === DEFAULT_DIGEST));
}

/** Completes the sentence "API_KEY …". */
export const DEFAULT_KEY_REFUSAL =
  'must be set to a key of your own where NODE_ENV=production; `openssl rand -hex 32` makes one';

/** @param host where the service listens */
export function defaultKeyWarning(host: string): string {
  return `THE KEY IS THE DEFAULT ONE, "secret": everybody who reaches ${host} can read and change everything. Set API_KEY to a long random text, such as \`openssl rand -hex 32\` makes; without it the service listens on loopback only, unless HOST says otherwise.`;
}

/** Time before its end in which a key is spoken of, in ms. */
const NOTICE = 14 * 24 * 60 * 60 * 1000;

/**
 * What the operator is told of keys that are easily guessed, or end soon or ended.
 * @param now ms
 */
export function keyWarnings(tenants: readonly TenantKeys[], now: number): readonly string[] {
  const warnings: string[] = [];
  for (const { name: tenant, keys } of tenants) {
    for (const [i, { name = `number ${i + 1}`, isShort, sha256, expires }] of keys.entries()) {
      const key = `The key ${name} of tenant ${tenant}`;
      if (isShort && sha256 !== DEFAULT_DIGEST) {
        warnings.push(`${key} has less than ${SHORTEST_KEY} characters: it can be guessed.`);
      }
      if (expires === undefined) continue;
      const end = new Date(expires).toISOString();
      if (expires <= now) warnings.push(`${key} ended at ${end}: it opens nothing any more.`);
      else if (expires - now < NOTICE) warnings.push(`${key} ends at ${end}.`);
    }
  }
  return warnings;
}
