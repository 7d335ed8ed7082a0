import {
  acrossElements,
  type FilterLanguage,
  type PushedDown,
  type PushedPart,
  pushDown,
} from '#backend';
import {
  type CompareFilter,
  comparable,
  type Filter,
  type FilterPath,
  type Inverse,
  leaf,
} from '#scim';
import { guidOctets } from '../mapping/guid.js';
import { incompleteKey, keyOf } from '../mapping/keys.js';
import { indexedNames } from '../mapping/mark.js';
import type { MappedAttribute, Model } from '../mapping/model.js';
import { FORM, fits, isPlain } from '../mapping/syntax.js';
import type { LdapFilter } from '../port/directory.js';
import type { ServerAttribute } from '../server/server-schema.js';

/** What a directory is asked. */
export interface Selection {
  readonly filter: LdapFilter;
  /** Whether an index keeps the answer small, given indexes on the attributes. */
  readonly selective: boolean;
}

/**
 * No text comparison is exact: LDAP folds blanks and compatibility forms that SCIM tells apart. So the
 * few entries found are looked at once more (design law 1).
 */
type Part = PushedPart<Selection>;

/** What the compiler must know beyond the model. */
export interface FilterContext {
  readonly model: Model;
  /** Every entry with a rest has keys by now, so that they may be relied upon. */
  readonly marked: boolean;
  /** The attribute that tells who holds a resource; undefined where none can be relied upon. */
  backLink(inverse: Inverse): string | undefined;
  /** Of elements of these types; undefined where they were not looked for. */
  memberNames(types: readonly string[], value: string): MemberNames | undefined;
}

/** The names that an element with this value may have. */
export interface MemberNames {
  readonly names: readonly string[];
  /**
   * Whether a resource has exactly this id. If not, another may have one that differs in letter case
   * only, which servers take for the same name.
   */
  readonly exists: boolean;
}

/** Matches no entry: all have a class. */
const NOTHING: LdapFilter = {
  kind: 'not',
  operand: { kind: 'present', attribute: 'objectclass' },
};

/** Undefined where nothing can be asked and every entry has to be looked at. */
export function compileLdapFilter(
  context: FilterContext,
  filter: Filter,
): PushedDown<Selection> | undefined {
  const language: FilterLanguage<Selection> = {
    nothing: { filter: NOTHING, selective: true },
    and: (all) => ({
      filter: { kind: 'and', operands: all.map((one) => one.filter) },
      selective: all.some(({ selective }) => selective),
    }),
    or: (all) => ({
      filter: either(all.map((one) => one.filter)),
      selective: all.every(({ selective }) => selective),
    }),
    not: (one) => ({ filter: { kind: 'not', operand: one.filter }, selective: false }),
    compare: (one) => comparison(context, one, one.path),
    present: ({ path }) => presence(context, path),
    valuePath: (one) => acrossElements(language, one),
  };
  return pushDown(language, filter);
}

function asked(
  filter: LdapFilter,
  { exact, selective }: { readonly exact: boolean; readonly selective: boolean },
): Part {
  return { query: { filter, selective }, exact };
}

function comparison(
  context: FilterContext,
  filter: CompareFilter,
  path: FilterPath,
): Part | undefined {
  const { model } = context;
  const key = comparable(leaf(path).matching, filter.value);
  if (key === undefined || filter.operator === 'ne') return undefined;
  if (path.attribute === model.type.attributes.get('id')) return identity(model, filter);
  const { relations, inverses } = model.type;
  const related = relations.find(({ attribute }) => attribute === path.attribute);
  if (related !== undefined) {
    const line = model.relations.find(({ relation }) => relation === related);
    return membership(context, line?.attribute, related.types, filter, path);
  }
  const inverse = inverses.find(({ attribute }) => attribute === path.attribute);
  if (inverse !== undefined) {
    const found = membership(context, context.backLink(inverse), [inverse.type], filter, path);
    // A group may have many members.
    return found && asked(found.query.filter, { exact: found.exact, selective: false });
  }
  const mapped = model.mapped.find(
    ({ path: { attribute, sub } }) => attribute === path.attribute && sub === path.sub,
  );
  if (mapped !== undefined && typeof key === 'string')
    return mappedFilter(context, mapped, filter, key);
  const name = leaf(path).path;
  if (filter.operator !== 'eq' || !indexedNames(model.type).has(name)) return undefined;
  if (model.keys === undefined) return undefined;
  const found: LdapFilter = { kind: 'equal', attribute: model.keys, value: keyOf(name, key) };
  return asked(orUnmarked(context, found), { exact: false, selective: context.marked });
}

/** The naming attribute is compared without letter case, ids are compared with it. */
function identity(model: Model, { operator, value }: CompareFilter): Part | undefined {
  if (operator !== 'eq' || typeof value !== 'string' || !fits(DIRECTORY_STRING, value)) {
    return undefined;
  }
  if (model.assigned) {
    if (!UUID.test(value)) return asked(NOTHING, { exact: true, selective: true });
    const own: LdapFilter = {
      kind: 'equal',
      attribute: model.naming.name,
      value: guidOctets(value),
    };
    return asked(own, { exact: false, selective: true });
  }
  const own: LdapFilter = { kind: 'equal', attribute: model.naming.name, value };
  const given: LdapFilter = { kind: 'equal', attribute: 'entryuuid', value };
  const filter = UUID.test(value) ? either([own, given]) : own;
  return asked(filter, { exact: false, selective: true });
}

const DIRECTORY_STRING = '1.3.6.1.4.1.1466.115.121.1.15';
const IA5_STRING = '1.3.6.1.4.1.1466.115.121.1.26';
export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** An attribute that holds names of entries, compared with the name of one. */
function membership(
  { memberNames }: FilterContext,
  attribute: string | undefined,
  types: readonly string[],
  { operator, value }: CompareFilter,
  { attribute: { subByName }, sub }: FilterPath,
): Part | undefined {
  const isValue = sub === subByName.get('value');
  if (attribute === undefined || !isValue || operator !== 'eq' || typeof value !== 'string') {
    return undefined;
  }
  const found = memberNames(types, value);
  if (found === undefined) return undefined;
  const { names, exists } = found;
  if (names.length === 0) return asked(NOTHING, { exact: true, selective: true });
  const filter = either(names.map((name) => ({ kind: 'equal', attribute, value: name })));
  return asked(filter, { exact: exists, selective: true });
}

/** The attribute that is mapped, and the entries where it does not show everything. */
function mappedFilter(
  context: FilterContext,
  mapped: MappedAttribute,
  { operator }: CompareFilter,
  key: string,
): Part | undefined {
  const { model } = context;
  if (model.keys === undefined) return undefined;
  const indexed = operator === 'eq' && indexedNames(model.type).has(mapped.name);
  const value = indexed ? keyOf(mapped.name, key) : incompleteKey(mapped);
  const hidden: LdapFilter = { kind: 'equal', attribute: model.keys, value };
  const parts = [
    hidden,
    ...attributesOf(mapped).flatMap(
      (attribute) => shownFilter({ ...mapped, attribute }, operator, key) ?? [],
    ),
    ...calledById(model, mapped, operator, key),
  ];
  const selective = parts.every(({ kind }) => kind === 'equal');
  return asked(either(parts), { exact: false, selective });
}

function attributesOf({ attribute, also }: MappedAttribute): readonly ServerAttribute[] {
  return also === undefined ? [attribute] : [attribute, also];
}

/** Without a value that every resource has, an entry is called by its id. */
function calledById(
  model: Model,
  { path: { attribute }, attribute: { name }, also }: MappedAttribute,
  operator: CompareFilter['operator'],
  key: string,
): readonly LdapFilter[] {
  if (!attribute.required || also !== undefined) return [];
  if (operator !== 'eq') return [{ kind: 'not', operand: { kind: 'present', attribute: name } }];
  if (!fits(DIRECTORY_STRING, key)) return [];
  const own = equal(model.naming.name, key);
  return UUID.test(key) ? [own, equal('entryuuid', key)] : [own];
}

/** What finds every value that the attribute shows; undefined when it cannot hold a match. */
function shownFilter(mapped: MappedAttribute, operator: CompareFilter['operator'], key: string) {
  const { name: attribute, syntax, substring } = mapped.attribute;
  const anything: LdapFilter = { kind: 'present', attribute };
  if (!comparesText(mapped)) return anything;
  if (syntax === FORM.address) {
    return operator === 'eq' && isPlain(key) ? equal(attribute, `smtp:${key}`) : anything;
  }
  switch (operator) {
    case 'eq':
      if (key === '') return undefined;
      if (syntax === IA5_STRING && !/^[\x20-\x7e]*$/.test(key)) return undefined;
      if (isPlain(key)) return key.trim() === '' ? anything : equal(attribute, key);
      return substring ? (pattern(attribute, key, 'eq') ?? anything) : anything;
    case 'co':
    case 'sw':
    case 'ew':
      return substring ? (pattern(attribute, key, operator) ?? anything) : anything;
    default:
      return anything;
  }
}

/** Whether the server takes for equal what SCIM does, and perhaps more. */
function comparesText({ path, attribute: { equality = '' } }: MappedAttribute): boolean {
  switch (leaf(path).matching) {
    case 'caseIgnore':
    case 'userName':
      return /^(?:caseignore|telephonenumber)/.test(equality);
    case 'caseExact':
      return /^(?:case(?:ignore|exact)|telephonenumber)/.test(equality);
    default:
      return false; // base64 and times have more than one spelling
  }
}

function equal(attribute: string, value: string): LdapFilter {
  return { kind: 'equal', attribute, value };
}

/**
 * The parts of a text that every server compares alike, in their order; undefined if none is left.
 * Blanks separate parts as well, since servers fold them.
 */
function pattern(
  attribute: string,
  key: string,
  operator: 'eq' | 'co' | 'sw' | 'ew',
): LdapFilter | undefined {
  // A letter before a combining mark may be one letter with it elsewhere.
  const parts = [...key.matchAll(/[\x21-\x7e]+(?!\p{M})/gu)];
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const atStart = (operator === 'eq' || operator === 'sw') && first.index === 0;
  const atEnd =
    (operator === 'eq' || operator === 'ew') && last.index + last[0].length === key.length;
  const texts = parts.map(([text]) => text);
  const initial = atStart ? texts.shift() : undefined;
  const final = atEnd ? texts.pop() : undefined;
  return {
    kind: 'substring',
    attribute,
    ...(initial === undefined ? {} : { initial }),
    any: texts,
    ...(final === undefined ? {} : { final }),
  };
}

function presence({ model }: FilterContext, path: FilterPath): Part | undefined {
  const mapped = model.mapped.find(
    ({ path: { attribute, sub } }) => attribute === path.attribute && sub === path.sub,
  );
  if (mapped === undefined || model.keys === undefined) return undefined;
  if (mapped.path.attribute.required) return undefined;
  const filter = either([
    ...attributesOf(mapped).map(({ name }) => ({ kind: 'present', attribute: name }) as const),
    equal(model.keys, incompleteKey(mapped)),
  ]);
  return asked(filter, { exact: false, selective: false });
}

/** Entries that the reference wrote have no keys until they are given some. */
function orUnmarked({ model, marked }: FilterContext, found: LdapFilter): LdapFilter {
  if (marked || model.keys === undefined) return found;
  return either([found, unmarkedFilter(model)]);
}

/** Entries with a rest but without keys. */
export function unmarkedFilter(model: Model): LdapFilter {
  if (model.keys === undefined) return NOTHING;
  return {
    kind: 'and',
    operands: [
      { kind: 'present', attribute: model.rest.name },
      { kind: 'not', operand: equal(model.keys, model.mark) },
    ],
  };
}

export function either(operands: readonly LdapFilter[]): LdapFilter {
  const [only, ...others] = operands;
  return only !== undefined && others.length === 0 ? only : { kind: 'or', operands };
}
