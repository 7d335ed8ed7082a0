import type { Report } from './files.js';
import { DEFAULT_TENANT, type TenantKeys } from './values.js';
import type { AccessVariables } from './variables/access.js';

/** The reference's default; good for a first try only. */
const DEFAULT_KEY = 'secret';

/**
 * The tenants and their keys. `API_KEY` and `API_KEY_READ` belong to the default tenant; without
 * any key at all it has the default one. A key must tell exactly one tenant and one right.
 */
export function tenantsOf(variables: AccessVariables, report: Report): readonly TenantKeys[] {
  const { API_KEY: stated = [], API_KEY_READ: readKeys = [], TENANTS: others } = variables;
  const none = stated.length + readKeys.length + others.length === 0;
  const keys = none ? [DEFAULT_KEY] : stated;
  const own = { name: DEFAULT_TENANT, keys, readKeys };
  const tenants = keys.length + readKeys.length > 0 ? [own, ...others] : others;
  if (hasRepeatedKey(tenants)) {
    report(
      others.length > 0 ? 'TENANTS' : 'API_KEY_READ',
      'repeats a key; every key belongs to one tenant and either reads and writes or only reads',
    );
  }
  return tenants;
}

function hasRepeatedKey(tenants: readonly TenantKeys[]): boolean {
  const keys = tenants.flatMap((tenant) => [...new Set(tenant.keys), ...new Set(tenant.readKeys)]);
  return new Set(keys).size !== keys.length;
}

export function hasDefaultKey(tenants: readonly TenantKeys[]): boolean {
  return tenants.some(({ keys, readKeys }) => [...keys, ...readKeys].includes(DEFAULT_KEY));
}

/** Completes the sentence "API_KEY …". */
export const DEFAULT_KEY_REFUSAL =
  'must be set to a key of your own where NODE_ENV=production; `openssl rand -hex 32` makes one';

/** @param host where the service listens */
export function defaultKeyWarning(host: string): string {
  return `THE KEY IS THE DEFAULT ONE, "secret": everybody who reaches ${host} can read and change everything. Set API_KEY to a long random text, such as \`openssl rand -hex 32\` makes; without it the service listens on loopback only, unless HOST says otherwise.`;
}
