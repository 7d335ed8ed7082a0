/** Statements that give a user what the service needs, for whoever may run them. */

const DATA = 'select, insert, update, delete';
const TABLES = 'create, alter, index, drop';

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** PostgreSQL: a user may connect. */
export function grantConnect(database: string, user: string | undefined): string {
  return `grant connect on database ${name(database)} to ${name(user ?? 'public')}`;
}

/** PostgreSQL: tables may be made, and what is in those that are there is read and written. */
export function grantSchema(
  user: string,
  schema: string,
  tables: readonly string[],
  sequences: readonly string[],
): readonly string[] {
  const within = (one: string) => `${name(schema)}.${name(one)}`;
  const on = (kind: string, rights: string, which: readonly string[]) =>
    which.length === 0
      ? []
      : [`grant ${rights} on ${kind}${which.map(within).join(', ')} to ${name(user)}`];
  return [
    `grant usage, create on schema ${name(schema)} to ${name(user)}`,
    ...on('', DATA, tables),
    ...on('sequence ', 'usage', sequences),
  ];
}

/** MariaDB and MySQL: tables may be made, read and written. @param account as the server has it */
export function grantUse(database: string, account: string): string {
  return `grant ${DATA}, ${TABLES} on \`${database.replaceAll('`', '``')}\`.* to ${account}`;
}
