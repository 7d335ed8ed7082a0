import { leaf } from '#scim';
import type { Model } from './model.js';
import type { Pool } from './port/pool.js';
import type { ServerSchema } from './server-schema.js';

/**
 * Whether the server itself keeps all unique attributes of all types unique, also under concurrent
 * writes: OpenLDAP's unique overlay does so with the word `serialize`. It can only be told from the
 * server's configuration, which few accounts may read; unread, the answer is no.
 */
export async function serverKeepsUnique(
  pool: Pool,
  models: readonly Model[],
  schema: ServerSchema,
): Promise<boolean> {
  const watched = await watchedAttributes(pool);
  return models.every((model) =>
    model.type.unique.every((path) => {
      const row = model.rows.find(({ name }) => name === leaf(path).path);
      if (row === undefined) return false;
      return watched.some(
        ({ base, attributes }) =>
          model.container.toLowerCase().endsWith(base) &&
          attributes.some((name) => schema.attribute(name)?.name === row.attribute.name),
      );
    }),
  );
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
