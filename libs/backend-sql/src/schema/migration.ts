import { type Database, ForbiddenError } from '../connection/database.js';
import { SqlLeases } from '../connection/leases.js';
import { sql } from '../connection/statement.js';
import type { SqlNotice } from '../sql.options.js';
import { countsAreRight, ensureCounts, recount } from './counts.js';
import { missingStatements, type Statements } from './definition.js';
import type { Layout } from './layout.js';
import { checkRights, tooFewRights } from './rights.js';
import { State } from './state.js';
import { type Table, tablesOf } from './tables.js';
import { ALL, deriveAgain, takeOver } from './take-over.js';

/** Of the tables. A database of a higher one is left alone. */
const VERSION = 1;

/**
 * Makes the database what this version of the service expects: tables and indexes, the rows that the
 * reference wrote, and what is derived of rows where schemas changed. Several that start at once wait
 * for the one that does it.
 * @throws Error with the statements to run when the user of the database may not do it
 */
export async function migrate(
  database: Database,
  layout: Layout,
  report: (notice: SqlNotice) => void,
): Promise<void> {
  await sayingWhatIsMissing(database, layout, async (tables) => {
    await checkRights(database, tables);
    await bringUpToDate(database, layout, report);
    await checkRights(database, tables); // of what was made meanwhile
  });
}

/**
 * Looks whether the user may do what the service does with the tables that there are.
 * @throws Error with the grants that are missing
 */
export function requireRights(database: Database, layout: Layout): Promise<void> {
  return sayingWhatIsMissing(database, layout, (tables) => checkRights(database, tables));
}

async function sayingWhatIsMissing(
  database: Database,
  layout: Layout,
  work: (tables: readonly Table[]) => Promise<void>,
): Promise<void> {
  const tables = tablesOf(layout);
  try {
    await work(tables);
  } catch (error) {
    if (error instanceof ForbiddenError) throw await tooFewRights(database, tables, error);
    throw error;
  }
}

async function bringUpToDate(
  database: Database,
  layout: Layout,
  report: (notice: SqlNotice) => void,
): Promise<void> {
  const first = await missingStatements(database, tablesOf(layout));
  if (isNothing(first) && (await isCurrent(database, layout))) return;
  // The tables of locks and state first, by whoever is first: making them twice does no harm.
  if (!isNothing(first)) await defineShared(database, layout);
  const leases = new SqlLeases(database, layout.shared.locks);
  await leases.alone('migration', async () => {
    const state = new State(database, layout.shared.state);
    const known = await state.read();
    checkVersion(known);
    const missing = await missingStatements(database, tablesOf(layout));
    await define(database, missing.before);
    await ensureCounts(database, layout);
    for (const type of layout.types) {
      // An index of what is to be unique can only be made once every row was looked at; all other
      // rows of another mark are derived while the service runs.
      if (missing.after.length > 0) await deriveAgain(database, type, report, ALL);
      await takeOver(database, layout, type, report);
      // Rows that were deleted or added by hand are not counted by anybody.
      if (!(await countsAreRight(database, layout, type))) await recount(database, layout, type);
    }
    await define(database, missing.after);
    await state.write('version', String(VERSION));
  });
}

async function isCurrent(database: Database, layout: Layout): Promise<boolean> {
  const known = await new State(database, layout.shared.state).read();
  checkVersion(known);
  if (known.get('version') !== String(VERSION)) return false;
  for (const type of layout.types) {
    const { quote } = database.dialect;
    const foreign = await database.rows(
      sql`select id from ${quote(type.table)} where created is null limit 1`,
    );
    if (foreign.length > 0) return false;
    if (!(await countsAreRight(database, layout, type))) return false;
  }
  return true;
}

function checkVersion(known: ReadonlyMap<string, string>): void {
  const version = known.get('version');
  if (version === undefined || Number(version) <= VERSION) return;
  throw new Error(
    `The database was written by a newer version of this service (its tables are of version ${version}, this one knows ${VERSION}).`,
  );
}

async function defineShared(database: Database, layout: Layout): Promise<void> {
  const { state, locks } = layout.shared;
  const tables = tablesOf(layout).filter(({ name }) => name === state || name === locks);
  const { before } = await missingStatements(database, tables);
  await define(database, before);
}

async function define(database: Database, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  try {
    await database.define(statements);
  } catch (cause) {
    throw database.translate(cause);
  }
}

function isNothing({ before, after }: Statements): boolean {
  return before.length + after.length === 0;
}
