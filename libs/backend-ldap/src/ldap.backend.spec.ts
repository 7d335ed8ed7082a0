import { describe, it } from 'vitest';
import { backendConformance } from '#backend-testkit';
import type { LdapBackendOptions } from './ldap.options.js';
import { conformanceOn } from './testing/conformance.js';
import type { SlapdOptions } from './testing/slapd.js';
import { noSlapd } from './testing/slapd.js';

interface Variant {
  readonly name: string;
  readonly slapd: SlapdOptions;
  readonly backend: Partial<LdapBackendOptions>;
  readonly secure?: 'ldaps' | 'startTls';
}

const VARIANTS: readonly Variant[] = [{ name: 'layout of the reference', slapd: {}, backend: {} }];

const missing = noSlapd();

for (const { name, slapd, backend, secure } of VARIANTS) {
  const title = `the LDAP backend: ${name}`;
  if (missing === undefined) backendConformance(title, conformanceOn(slapd, backend, secure));
  else describe(title, () => it.skip(`conformance (${missing})`));
}
