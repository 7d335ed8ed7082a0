/** How a process of its own opens a database. */
export function starter(url: string) {
  return { module: '/libs/backend-sql/src/index.ts', connector: 'SqlConnector', options: { url } };
}

/** The statements by which the reference adds users, once the lease of who died has run out. */
export function foreignRows(ids: readonly string[], table: string): readonly string[] {
  const rows = ids.map((id) => `('${id}', '${JSON.stringify({ id, userName: id })}')`);
  return [
    'update scim_locks set until = 0',
    `insert into ${table} (id, details) values ${rows.join(', ')}`,
  ];
}
