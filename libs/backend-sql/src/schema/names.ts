import type { DatabaseKind } from '../sql.options.js';
import type { Layout } from './layout.js';
import { tablesOf } from './tables.js';

/** Most bytes of a name. MySQL takes a character more. */
const LONGEST = 63;

const SERVERS: Readonly<Record<DatabaseKind, string | undefined>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  sqlite: undefined,
};

/**
 * Names of tables begin with that of their tenant, and databases cut or refuse long ones.
 * @throws Error that says how long the name of a tenant may be
 */
export function checkNames(kind: DatabaseKind, layout: Layout): void {
  const server = SERVERS[kind];
  if (server === undefined) return;
  const names = tablesOf(layout).map(({ name }) => name);
  const size = (name: string) => Buffer.byteLength(name);
  const longest = names.reduce((a, b) => (size(b) > size(a) ? b : a));
  const surplus = size(longest) - LONGEST;
  if (surplus <= 0) return;
  const prefix = layout.prefix.replace(/_$/, '');
  throw new Error(
    `The tenant name ${JSON.stringify(prefix)} is too long for ${server}: its table ${JSON.stringify(longest)} would have a name of ${size(longest)} bytes, of which there may be ${LONGEST}. It may have ${size(prefix) - surplus} bytes.`,
  );
}
