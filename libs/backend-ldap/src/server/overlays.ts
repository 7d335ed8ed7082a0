import { leaf } from '#scim';
import { dnKey } from '../mapping/dn.js';
import type { Model } from '../mapping/model.js';
import type { Pool } from '../port/pool.js';
import type { ServerSchema } from './server-schema.js';

/**
 * Whether the server itself keeps all unique attributes of all types unique, also under concurrent
 * writes: OpenLDAP's unique overlay does so with the word `serialize`. It watches the attribute of
 * the keys, or everything that must be unique by itself. That can only be told from the server's
 * configuration, which few accounts may read; unread, the answer is no.
 */
export async function serverKeepsUnique(
  pool: Pool,
  models: readonly Model[],
  schema: ServerSchema,
): Promise<boolean> {
  const watched = await watchedAttributes(pool);
  return models.every(({ container, uniqueKeys, type, mapped: all }) => {
    const names = new Set(
      watched
        .filter((domain) => covers(domain, container))
        .flatMap(({ attributes }) => attributes.map((name) => schema.attribute(name)?.name)),
    );
    return (
      (uniqueKeys !== undefined && names.has(uniqueKeys)) ||
      type.unique.every((path) => {
        const mapped = all.find(({ name }) => name === leaf(path).path);
        return mapped !== undefined && names.has(mapped.attribute.name);
      })
    );
  });
}

/** Entries and attributes that an overlay watches. */
export interface Domain {
  /** Name of the entry at the top, as `dnKey` gives it. */
  readonly base: string;
  /** Whether those right below it are watched, and no others. */
  readonly oneLevel: boolean;
  readonly attributes: readonly string[];
}

/** Whether all entries of a unit are in the domain. */
export function covers({ base, oneLevel }: Domain, container: string): boolean {
  const key = dnKey(container);
  if (key === base) return true;
  return !oneLevel && (base === '' || key.endsWith(`,${base}`));
}

async function watchedAttributes(pool: Pool): Promise<readonly Domain[]> {
  try {
    const entries = await pool.find({
      base: 'cn=config',
      scope: 'sub',
      filter: { kind: 'equal', attribute: 'objectClass', value: 'olcUniqueConfig' },
      attributes: ['olcUniqueURI'],
    });
    return entries
      .flatMap(({ attributes }) => attributes.get('olcuniqueuri') ?? [])
      .flatMap((value) => readDomain(value.toString()));
  } catch {
    return []; // not for our eyes, or another kind of server
  }
}

/**
 * Reads a value like `{0}serialize ldap:///ou=Users,dc=example,dc=org?uid,mail?sub` (slapo-unique(5)).
 * @returns nothing for what leaves a gap: without `serialize` two writes at once may pass, `ignore`
 *   names what is not watched, and a filter leaves entries out
 */
export function readDomain(text: string): readonly Domain[] {
  const match = /^(?:\{\d+\})?(.*?)(ldap:\/\/\/.*)$/i.exec(text);
  const [, words = '', uris = ''] = match ?? [];
  if (!/\bserialize\b/i.test(words) || /\bignore\b/i.test(words)) return [];
  return uris.split(/\s+/).flatMap((uri) => {
    const [base = '', attributes = '', scope = '', filter = ''] = uri
      .replace(/^ldap:\/\/\//i, '')
      .split('?');
    const level = scope.toLowerCase();
    if (attributes === '' || filter !== '' || level === 'base') return [];
    return [
      {
        base: dnKey(decodeURIComponent(base)),
        oneLevel: level.startsWith('one'),
        attributes: attributes.split(','),
      },
    ];
  });
}
