import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Query } from '#backend';
import type { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { LdapConnector } from '../ldap.connector.js';
import type { LdapBackendOptions } from '../ldap.options.js';
import { ADMIN, BASE, PASSWORD, Slapd, type SlapdOptions } from './slapd.js';

type ConformanceOptions = Parameters<typeof backendConformance>[1];

/** Options of a backend on a scratch server. */
export function optionsFor(
  slapd: Slapd,
  over: Partial<LdapBackendOptions> = {},
  secure?: 'ldaps' | 'startTls',
): LdapBackendOptions {
  return {
    servers: [secure === 'ldaps' ? slapd.secureServer : slapd.server],
    ...(secure === undefined ? {} : { ca: readFileSync(slapd.authority, 'utf8') }),
    startTls: secure === 'startTls',
    baseName: BASE,
    userName: ADMIN,
    password: PASSWORD,
    ...over,
  };
}

/** Runs the suite on servers of their own, one for each concern. */
export function conformanceOn(
  variant: SlapdOptions,
  over: Partial<LdapBackendOptions>,
  secure?: 'ldaps' | 'startTls',
): ConformanceOptions {
  let slapd: Slapd | undefined;
  let opened: Backend | undefined;
  const open = async (types: readonly ResourceType[]): Promise<Backend> => {
    if (slapd === undefined) throw new Error('no server');
    opened = await new LdapConnector(optionsFor(slapd, over, secure)).open(types);
    return opened;
  };
  return {
    open: async (types) => {
      slapd = await Slapd.start({ ...variant, tls: secure !== undefined });
      return open(types);
    },
    reopen: open,
    beside: open,
    starter: () => {
      if (slapd === undefined) throw new Error('no server');
      const options = optionsFor(slapd, over, secure);
      return { module: '/libs/backend-ldap/src/index.ts', connector: 'LdapConnector', options };
    },
    foreign: async (ids) => {
      slapd?.tool('ldapadd', [], ids.map((id) => entryOf(id, over.layout)).join('\n'));
    },
    away: {
      stop: async () => slapd?.down(),
      start: async () => slapd?.up(),
    },
    remove: async () => {
      await slapd?.remove();
      slapd = undefined;
    },
    explain: async (type: ResourceType, query: Query) => {
      const before = slapd?.log.length ?? 0;
      const page = await opened?.store(type).query?.(query);
      for await (const _ of page?.items ?? []) break;
      const plan = () => slapd?.log.slice(before) ?? '';
      // The server complains of a missing index before it tells that the search is over.
      for (let tries = 0; !plan().includes('SEARCH RESULT') && tries < 200; tries++) await delay(5);
      const text = plan();
      return {
        indexed: text.includes('SEARCH RESULT') && !text.includes('not indexed'),
        plan: text,
      };
    },
  };
}

/** A user as other software makes it. */
function entryOf(id: string, layout: LdapBackendOptions['layout']): string {
  const [naming, classes] =
    layout === 'standard'
      ? ['uniqueIdentifier', ['inetOrgPerson', 'extensibleObject']]
      : ['cn', ['device', 'extensibleObject']];
  return [
    `dn: ${naming}=${id},ou=Users,${BASE}`,
    ...classes.map((name) => `objectClass: ${name}`),
    ...[...new Set([naming, 'cn', 'sn', 'uid'])].map((name) => `${name}: ${id}`),
    '',
  ].join('\n');
}
