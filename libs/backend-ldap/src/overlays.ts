import { leaf } from '#scim';
import type { Model } from './model.js';
import type { Pool } from './port/pool.js';
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
  return models.every(({ container, uniqueKeys, type, rows }) => {
    const names = new Set(
      watched
        .filter(({ base }) => container.toLowerCase().endsWith(base))
        .flatMap(({ attributes }) => attributes.map((name) => schema.attribute(name)?.name)),
    );
    return (
      (uniqueKeys !== undefined && names.has(uniqueKeys)) ||
      type.unique.every((path) => {
        const row = rows.find(({ name }) => name === leaf(path).path);
        return row !== undefined && names.has(row.attribute.name);
      })
    );
  });
}

interface Watched {
  readonly base: string;
  readonly attributes: readonly string[];
}

async function watchedAttributes(pool: Pool): Promise<readonly Watched[]> {
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

/** `{0}serialize ldap:///ou=Users,dc=example,dc=org?uid,mail?sub` */
function readDomain(text: string): readonly Watched[] {
  const match = /^(?:\{\d+\})?(.*?)(ldap:\/\/\/.*)$/i.exec(text);
  const [, words = '', uris = ''] = match ?? [];
  if (!/\bserialize\b/i.test(words)) return [];
  return uris.split(/\s+/).flatMap((uri) => {
    const [base = '', attributes = '', scope = '', filter = ''] = uri
      .replace(/^ldap:\/\/\//i, '')
      .split('?');
    if (attributes === '' || filter !== '' || scope.toLowerCase() === 'base') return [];
    return [{ base: decodeURIComponent(base).toLowerCase(), attributes: attributes.split(',') }];
  });
}
