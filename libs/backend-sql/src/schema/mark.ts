import { hash } from 'node:crypto';
import { type AttributePath, type Json, leaf, type ResourceType } from '#scim';
import { type Sql, sql } from '../connection/statement.js';

/** What is derived of a row: its keys, and the values of its multi-valued paths. */
interface Derived {
  readonly keys: readonly { readonly column: string; readonly unique: boolean }[];
  readonly multi: readonly { readonly path: AttributePath; readonly unique: boolean }[];
}

/** A type whose rows carry a mark. */
interface Marked {
  readonly mark: string;
}

/** Counts up when what is derived of `details` changes for another reason than the schema. */
const DERIVATION = 2;

/**
 * The mark of what rows are derived by: another one with other paths, indexes or another way of
 * comparing. Each row carries the mark of whoever derived it last, since services with different
 * schemas may share a database while one is rolled out.
 */
export function markOf(type: ResourceType, { keys, multi }: Derived): string {
  const attributes = type.all.flatMap((attribute) => [attribute, ...attribute.subAttributes]);
  const facts: Json = [
    DERIVATION,
    attributes.map(({ path, matching, multiValued }) => [path, matching, multiValued]),
    keys.map(({ column, unique }) => [column, unique]),
    multi.map(({ path, unique }) => [leaf(path).path, unique]),
    type.display?.path ?? null,
  ];
  return hash('sha1', JSON.stringify(facts), 'hex');
}

/**
 * The condition on rows `t` that count as not derived, since another mark is on them: their keys and
 * their search document may say anything. Two ranges, so that an index knows at once of none.
 */
export function isStale({ mark }: Marked): Sql {
  return sql`(t.mark is null or t.mark < ${mark} or t.mark > ${mark})`;
}

/** 1 where a type has such rows, else 0, as an expression. */
export function hasStale(table: Sql, layout: Marked): Sql {
  return sql`case when exists (select 1 from ${table} t where ${isStale(layout)}) then 1 else 0 end`;
}
