import { type Database, ForbiddenError, type Session } from '../connection/database.js';
import { join, list, type Sql, sql } from '../connection/statement.js';
import { missingStatements } from './definition.js';
import { grantSchema, grantUse } from './grants.js';
import type { Table } from './tables.js';

/**
 * Finds out whether the user of the database may do all that the service does, before the first
 * request needs it: statements that touch no row are refused like others.
 * @throws ForbiddenError
 */
export async function checkRights(database: Database, tables: readonly Table[]): Promise<void> {
  if (database.dialect.kind === 'postgres') {
    const [row] = await database.rows(sql`select current_schema() as place`);
    if (row?.place === null) throw new ForbiddenError('no schema that it may use', undefined);
  }
  for (const table of tables) {
    const columns = await database.rows(database.dialect.columnsOf(table.name));
    if (columns.length === 0) continue; // to be made, or out of sight
    await database.transaction(async (session) => {
      const present = columns.map(({ name }) => String(name));
      for (const statement of touching(database, table.name, present)) await session.run(statement);
      await checkSequence(database, session, table);
    });
  }
}

function touching(
  { dialect: { quote } }: Database,
  name: string,
  columns: readonly string[],
): readonly Sql[] {
  const table = quote(name);
  const all = join(columns.map(quote), ', ');
  const first = quote(columns[0] ?? 'id');
  return [
    sql`insert into ${table} (${all}) select ${all} from ${table} where 1 = 0`,
    sql`update ${table} set ${first} = ${first} where 1 = 0`,
    sql`delete from ${table} where 1 = 0`,
  ];
}

/** Numbers that PostgreSQL counts up by itself are counted by something with rights of its own. */
async function checkSequence(
  { dialect: { kind, quote } }: Database,
  session: Session,
  { name, columns }: Table,
): Promise<void> {
  const counter = columns.find((column) => column.kind === 'counter');
  if (kind !== 'postgres' || counter === undefined) return;
  const [row] = await session.rows(sql`
    select has_sequence_privilege(pg_get_serial_sequence(${quote(name).texts.join('')}, ${counter.name}), 'usage') as may`);
  if (row?.may === false) {
    throw new ForbiddenError(`permission denied for the sequence of ${name}`, undefined);
  }
}

/** What to tell an operator whose user of the database may do too little. */
export async function tooFewRights(
  database: Database,
  tables: readonly Table[],
  cause: ForbiddenError,
): Promise<Error> {
  if (database.dialect.kind === 'sqlite') {
    const advice = 'Give the user of this process the file and its folder, to read and to write.';
    return new Error(`The database file cannot be written: ${cause.message}. ${advice}`, { cause });
  }
  const statements = await remedy(database, tables);
  const text = statements.map((statement) => `${statement};`).join('\n');
  const message = `The user of DATABASE_URL may do too little: ${cause.message}. Have these statements run by one who may, and start again:`;
  return new Error(`${message}\n\n${text}\n`, { cause });
}

async function remedy(database: Database, tables: readonly Table[]): Promise<readonly string[]> {
  if (database.dialect.kind !== 'postgres') {
    const [row] = await database.rows(sql`select database() as place, current_user() as account`);
    const [user = '', host = '%'] = String(row?.account).split('@');
    const quoted = [user, host].map((part) => `'${part.replaceAll("'", "''")}'`).join('@');
    return [grantUse(String(row?.place), quoted)];
  }
  const [who] = await database.rows(
    sql`select current_user as account, coalesce(current_schema(), 'public') as place`,
  );
  const names = list(tables.map((table) => table.name));
  const found = await database.rows(sql`
    select c.relname as name, c.relkind as kind, pg_get_userbyid(c.relowner) = current_user as own
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${String(who?.place)} and (c.relname in (${names}) or exists (
      select from pg_depend d join pg_class t on t.oid = d.refobjid
      where d.objid = c.oid and c.relkind = 'S' and t.relname in (${names})))`);
  const of = (kind: string) =>
    found.filter((row) => row.kind === kind && row.own === false).map((row) => String(row.name));
  const grants = grantSchema(String(who?.account), String(who?.place), of('r'), of('S'));
  // Tables of others are changed by their owners only; what is not there yet the service makes.
  const foreign = tables.filter(({ name }) => of('r').includes(name));
  const { before, after } = await missingStatements(database, foreign);
  return [...grants, ...before, ...after];
}
