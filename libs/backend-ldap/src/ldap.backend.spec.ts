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

const ALL: SlapdOptions['overlays'] = ['memberof', 'refint', 'unique', 'sssvlv'];

const VARIANTS: readonly Variant[] = [
  { name: 'layout of the reference', slapd: {}, backend: {} },
  {
    name: 'layout of the reference, StartTLS, all overlays',
    slapd: { overlays: ALL, memberOfClass: 'device' },
    backend: { memberOf: true },
    secure: 'startTls',
  },
  {
    name: 'standard layout with groupOfMembers, ldaps, all overlays',
    slapd: { overlays: ALL, memberOfClass: 'groupOfMembers' },
    backend: { layout: 'standard', memberOf: true },
    secure: 'ldaps',
  },
  {
    name: 'R-385 by ldapts, standard layout, StartTLS, all overlays',
    slapd: { overlays: ALL, memberOfClass: 'groupOfMembers' },
    backend: { layout: 'standard', memberOf: true, client: 'ldapts' },
    secure: 'startTls',
  },
  {
    name: 'standard layout with groupOfNames',
    slapd: { groupOfMembers: false },
    backend: { layout: 'standard', pageSize: 60 },
  },
];

const missing = noSlapd();

for (const { name, slapd, backend, secure } of VARIANTS) {
  const title = `the LDAP backend: ${name}`;
  if (missing === undefined) backendConformance(title, conformanceOn(slapd, backend, secure));
  else describe(title, () => it.skip(`conformance (${missing})`));
}
