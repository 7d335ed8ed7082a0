import type { ColumnKind } from '../dialect/dialect.js';
import { type Layout, short, type TypeLayout } from './layout.js';

/** A table as it should be. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Empty where a column says it itself. */
  readonly primaryKey: readonly string[];
  readonly indexes: readonly Index[];
}

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Of a column that tables of the reference do not have. */
  readonly optional?: boolean;
  readonly initial?: number;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly ordered?: boolean }[];
  readonly unique?: boolean;
}

/** Every table of a layout. */
export function tablesOf(layout: Layout): readonly Table[] {
  return [...sharedTables(layout), ...layout.types.flatMap(typeTables)];
}

function typeTables(layout: TypeLayout): readonly Table[] {
  const { table, values, valuesIndex, claimsIndex, multi } = layout;
  const lists: Table = {
    name: values,
    columns: [
      { name: 'id', kind: 'id' },
      { name: 'path', kind: 'short' },
      { name: 'value', kind: 'key' },
      { name: 'claim', kind: 'short', optional: true },
    ],
    primaryKey: [],
    indexes: [
      { name: valuesIndex, columns: [{ name: 'value' }] },
      { name: short(`${values}_id`), columns: [{ name: 'id' }] },
      ...(multi.some(({ unique }) => unique)
        ? [{ name: claimsIndex, columns: [{ name: 'claim' }], unique: true }]
        : []),
    ],
  };
  return [
    { name: table, ...resourceColumns(layout), primaryKey: ['id'] },
    ...(multi.length === 0 ? [] : [lists]),
    ...layout.relations.map(
      ({ table: name, reverse }): Table => ({
        name,
        columns: [
          { name: 'id', kind: 'id' },
          { name: 'position', kind: 'whole' },
          { name: 'value', kind: 'id' },
          { name: 'type', kind: 'short', optional: true },
        ],
        primaryKey: ['id', 'position'],
        indexes: [{ name: reverse, columns: [{ name: 'value' }, { name: 'id' }], unique: true }],
      }),
    ),
  ];
}

/** `id` and `details` are the reference's; the others it neither fills nor minds. */
function resourceColumns({ keys, order, marks }: TypeLayout): Pick<Table, 'columns' | 'indexes'> {
  return {
    columns: [
      { name: 'id', kind: 'id' },
      { name: 'details', kind: 'details' },
      { name: 'search', kind: 'search', optional: true },
      { name: 'display', kind: 'text', optional: true },
      { name: 'version', kind: 'short', optional: true },
      { name: 'created', kind: 'short', optional: true },
      { name: 'modified', kind: 'short', optional: true },
      { name: 'mark', kind: 'short', optional: true },
      // Tells apart rows that share a unique value because the reference let them; 0 for all others.
      { name: 'twin', kind: 'whole', initial: 0 },
      ...keys.map(({ column }): Column => ({ name: column, kind: 'key', optional: true })),
      ...tails(keys).map((name): Column => ({ name, kind: 'whole', initial: 0 })),
    ],
    indexes: [
      { name: order, columns: [{ name: 'created' }, { name: 'id', ordered: true }] },
      { name: marks, columns: [{ name: 'mark' }] },
      ...keys.map(
        ({ column, tail, index, unique }): Index => ({
          name: index,
          columns: [column, ...(tail === undefined ? [] : [tail, 'twin'])].map((name) => ({
            name,
          })),
          unique,
        }),
      ),
    ],
  };
}

function tails(keys: TypeLayout['keys']): readonly string[] {
  return keys.flatMap(({ tail }) => tail ?? []);
}

function sharedTables({ shared }: Layout): readonly Table[] {
  return [
    {
      name: shared.state,
      columns: [
        { name: 'name', kind: 'short' },
        { name: 'value', kind: 'short' },
      ],
      primaryKey: ['name'],
      indexes: [],
    },
    {
      name: shared.locks,
      columns: [
        { name: 'name', kind: 'short' },
        { name: 'holder', kind: 'short' },
        { name: 'until', kind: 'whole' },
      ],
      primaryKey: ['name'],
      indexes: [],
    },
    {
      name: shared.counts,
      columns: [
        { name: 'type', kind: 'short' },
        { name: 'slot', kind: 'whole' },
        { name: 'number', kind: 'whole' },
      ],
      primaryKey: ['type', 'slot'],
      indexes: [],
    },
    {
      name: shared.outbox,
      columns: [
        { name: 'sequence', kind: 'counter' },
        { name: 'event', kind: 'short' },
        { name: 'record', kind: 'text' },
        { name: 'recorded', kind: 'short' },
        { name: 'parked', kind: 'text', optional: true },
      ],
      primaryKey: ['sequence'],
      indexes: [{ name: shared.outboxIndex, columns: [{ name: 'event' }], unique: true }],
    },
  ];
}
