import type { Database } from '../connection/database.js';
import { render } from '../connection/statement.js';
import type { Dialect, ExistingColumn } from '../dialect/dialect.js';
import { SOLE } from './layout.js';
import type { Column, Index, Table } from './tables.js';

/** What is missing: most of it first, and what can only be once every row was looked at. */
export interface Statements {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The statements that make the tables what they should be: whatever is there is left alone, or
 * completed.
 */
export async function missingStatements(
  database: Database,
  tables: readonly Table[],
): Promise<Statements> {
  const before: string[] = [];
  const after: string[] = [];
  for (const table of tables) {
    const columns = await existingColumns(database, table.name);
    const indexes = await existingNames(database, table.name);
    const found = statementsFor(database.dialect, table, columns, indexes);
    before.push(...found.before);
    after.push(...found.after);
  }
  return { before, after };
}

function statementsFor(
  dialect: Dialect,
  table: Table,
  columns: readonly ExistingColumn[],
  indexes: ReadonlySet<string>,
): Statements {
  const name = quoted(dialect, table.name);
  const present = new Set(columns.map((column) => column.name.toLowerCase()));
  const missing = table.columns.filter((column) => !present.has(column.name.toLowerCase()));
  const added = missing.map(
    (column) => `alter table ${name} add column ${columnText(dialect, column)}`,
  );
  const head =
    columns.length === 0
      ? [createTable(dialect, table)]
      : [...(table.primaryKey[0] === 'id' ? dialect.adopt(table.name, columns) : []), ...added];
  const wanted = table.indexes.filter((index) => !indexes.has(index.name));
  const former = (index: Index) => formerNames(index).filter((one) => indexes.has(one));
  const replacing = wanted.filter((index) => former(index).length > 0);
  const make = (index: Index) => createIndex(dialect, table.name, index);
  const replace = (index: Index) => [
    make(index),
    ...former(index).map((one) => dialect.dropIndex(table.name, one)),
  ];
  return {
    before: [
      ...head,
      ...wanted.filter((index) => !replacing.includes(index)).map(make),
      ...replacing.filter(({ unique }) => !unique).flatMap(replace),
    ],
    // What was allowed to be there twice is told apart first.
    after: replacing.filter(({ unique }) => unique).flatMap(replace),
  };
}

/** Names that the index of a key had when its values were unique, or were not. */
function formerNames({ name }: Index): readonly string[] {
  const plain = name.endsWith(SOLE) ? name.slice(0, -SOLE.length) : name;
  return [plain, plain + UNIQUE, plain + SOLE].filter((one) => one !== name);
}

/** As earlier versions ended the names of indexes of unique values, which were told apart less. */
const UNIQUE = '_unique';

function createTable(dialect: Dialect, { name, columns, primaryKey }: Table): string {
  const lines = columns.map((column) => columnText(dialect, column));
  // SQLite says it with the column that counts.
  const said = columns.some(({ kind }) => dialect.columnType(kind).includes('primary key'));
  if (primaryKey.length > 0 && !said) {
    lines.push(`primary key (${primaryKey.map((column) => quoted(dialect, column)).join(', ')})`);
  }
  return `create table ${quoted(dialect, name)} (${lines.join(', ')})${dialect.tableOptions}`;
}

function columnText(dialect: Dialect, { name, kind, optional, initial }: Column): string {
  const type = dialect.columnType(kind);
  const need = optional || kind === 'counter' ? '' : ' not null';
  return `${quoted(dialect, name)} ${type}${need}${initial === undefined ? '' : ` default ${initial}`}`;
}

function createIndex(dialect: Dialect, table: string, { name, columns, unique }: Index): string {
  const parts = columns.map((column) => {
    const text = dialect.quote(column.name);
    return render(column.ordered ? dialect.ordered(text) : text, dialect.placeholder);
  });
  const kind = unique ? 'unique index' : 'index';
  return `create ${kind} ${quoted(dialect, name)} on ${quoted(dialect, table)} (${parts.join(', ')})`;
}

async function existingColumns(
  database: Database,
  table: string,
): Promise<readonly ExistingColumn[]> {
  const rows = await database.rows(database.dialect.columnsOf(table));
  return rows.map(({ name, collation }) => ({
    name: String(name),
    collation: typeof collation === 'string' ? collation : null,
  }));
}

async function existingNames(database: Database, table: string): Promise<ReadonlySet<string>> {
  const rows = await database.rows(database.dialect.indexesOf(table));
  return new Set(rows.map(({ name }) => String(name)));
}

function quoted(dialect: Dialect, name: string): string {
  return dialect.quote(name).texts.join('');
}
