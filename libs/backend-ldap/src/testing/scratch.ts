import type { Draft, ResourceStore } from '#backend';
import { compileFilter, type JsonObject, parseFilter, type ResourceType } from '#scim';
import { testRegistry, typeNamed } from '../../../scim/src/testing/registry.js';
import type { LdapBackend } from '../ldap.backend.js';
import { LdapConnector } from '../ldap.connector.js';
import type { LdapBackendOptions } from '../ldap.options.js';
import { optionsFor } from './conformance.js';
import { BASE, Slapd, type SlapdOptions } from './slapd.js';

export const registry = testRegistry();
export const userType = typeNamed(registry, 'User');
export const groupType = typeNamed(registry, 'Group');
export const NOW = '2026-01-02T03:04:05.678Z';
export const USERS = `ou=Users,${BASE}`;
export const GROUPS = `ou=Groups,${BASE}`;

export interface Opened {
  readonly backend: LdapBackend;
  readonly users: ResourceStore;
  readonly groups: ResourceStore;
}

/** A server of its own, and backends over it. */
export class Scratch {
  readonly problems: string[] = [];
  private readonly opened: LdapBackend[] = [];

  private constructor(readonly slapd: Slapd) {}

  static async start(options: SlapdOptions = {}): Promise<Scratch> {
    return new Scratch(await Slapd.start(options));
  }

  async open(over: Partial<LdapBackendOptions> = {}): Promise<Opened> {
    const report = (message: string) => this.problems.push(message);
    const connector = new LdapConnector(optionsFor(this.slapd, { report, ...over }));
    const backend = await connector.open(registry.types);
    this.opened.push(backend);
    return { backend, users: backend.store(userType), groups: backend.store(groupType) };
  }

  /** Values of an entry's attribute, as OpenLDAP's own tool reads them. */
  values(dn: string, attribute: string): readonly string[] {
    const text = this.slapd.tool('ldapsearch', [
      ...['-LLL', '-o', 'ldif-wrap=no', '-s', 'base', '-b', dn, '(objectClass=*)', attribute],
    ]);
    return text.split('\n').flatMap((line) => {
      const match = /^([\w-]+)(::?) (.*)$/.exec(line);
      if (match?.[1]?.toLowerCase() !== attribute.toLowerCase()) return [];
      const value = match[3] ?? '';
      return match[2] === '::' ? Buffer.from(value, 'base64').toString() : value;
    });
  }

  async remove(): Promise<void> {
    for (const backend of this.opened) await backend.close();
    await this.slapd.remove();
  }
}

export function userDraft(userName: string, over: JsonObject = {}): Draft {
  const meta = { resourceType: 'User', created: NOW, lastModified: NOW };
  return { schemas: [userType.schema.id], userName, meta, ...over };
}

export function groupDraft(displayName: string, members: readonly string[] = []): Draft {
  const meta = { resourceType: 'Group', created: NOW, lastModified: NOW };
  const schemas = [groupType.schema.id];
  return {
    schemas,
    displayName,
    ...(members.length > 0 ? { members: members.map((value) => ({ value })) } : {}),
    meta,
  };
}

/** A change of `members`. */
export function delta(add: readonly string[], remove: readonly string[] = []) {
  return [{ relation: 'members', add: add.map((value) => ({ value })), remove }];
}

export async function membersOf(groups: ResourceStore, id: string): Promise<readonly string[]> {
  const group = await groups.get(id, { expand: ['members'] });
  if (group === undefined) throw new Error(`no group ${id}`);
  return ((group.members ?? []) as readonly { value: string }[]).map(({ value }) => value);
}

/** What a filter finds, and how many entries had to be looked at. */
export async function search(store: ResourceStore, type: ResourceType, text: string) {
  const filter = parseFilter(text, type);
  const expand = type.relations.map(({ attribute }) => attribute.name);
  const page = await store.query?.({ filter, start: { offset: 0 }, limit: 1000, expand });
  if (page === undefined) throw new Error('the store has no query');
  const matches = page.residual === undefined ? () => true : compileFilter(page.residual);
  const ids: string[] = [];
  let looked = 0;
  for await (const stored of page.items) {
    looked++;
    if (matches(stored)) ids.push(stored.id);
  }
  return { ids: ids.sort(), looked, exact: page.residual === undefined };
}
