import { columnAttributes, MORE, SELF } from '#backend';
import {
  type Attribute,
  type AttributePath,
  type CompareFilter,
  type FilterPath,
  leaf,
  type PresentFilter,
  samePath,
} from '#scim';
import { join, raw, type Sql, sql } from '../connection/statement.js';
import type { Dialect, Node } from '../dialect/dialect.js';
import type { InverseTable, RelationTable, TypeLayout } from '../schema/layout.js';
import { columnField, compareField, FALSE, type Field, memberField } from './field.js';
import { keyOf, valueKey } from './keys.js';

/** What the paths of a filter mean at one place: at the resource, or at an element of a list. */
export interface Scope {
  /** Undefined where the database does not know. */
  compare(filter: CompareFilter): Sql | undefined;
  present(filter: PresentFilter): Sql | undefined;
  elements(attribute: Attribute): Elements | undefined;
  /** The rows with an element of which an indexed value equals the one asked for. */
  indexedElement(attribute: Attribute, filter: CompareFilter): Sql | undefined;
}

/** The elements of a multi-valued attribute. */
export interface Elements {
  /** A `select` with a condition, to which more can be added. */
  readonly rows: Sql;
  readonly scope: Scope;
}

/** The row of the resource is `t`. */
export const ROOT = 't';

const ALWAYS = raw('1 = 1');

export function rootScope(dialect: Dialect, layout: TypeLayout): Scope {
  const root = new Root(dialect, layout);
  return root;
}

class Root implements Scope {
  private readonly node: Node = raw(`${ROOT}.search`);
  private readonly id: Sql = raw(`${ROOT}.id`);

  constructor(
    private readonly dialect: Dialect,
    private readonly layout: TypeLayout,
  ) {}

  compare(filter: CompareFilter): Sql | undefined {
    const { path, operator } = filter;
    const { attribute, sub } = path;
    if (!attribute.multiValued) {
      if (sub?.multiValued) return this.compareList(filter, this.node, leaf(path).path);
      const field = singleField(this.dialect, this.layout, path);
      return field && comparison(this.dialect, field, filter);
    }
    const found = operator === 'eq' ? this.indexedPath(path, filter) : undefined;
    if (found !== undefined) return found;
    const inner = this.elements(attribute);
    const within = inner?.scope.compare(inElement(filter));
    if (inner === undefined || within === undefined) return undefined;
    const any = exists(inner, within);
    return operator === 'ne' ? sql`(not ${exists(inner, ALWAYS)} or ${any})` : any;
  }

  present({ path }: PresentFilter): Sql | undefined {
    const { attribute, sub } = path;
    if (attribute.multiValued) {
      const inner = this.elements(attribute);
      const within = inner?.scope.present({ kind: 'present', path: elementPath(path) });
      return inner && within && exists(inner, within);
    }
    if (sub?.multiValued) return presentList(this.dialect, this.node, sub.path);
    if (attribute.type === 'complex' && sub === undefined) {
      if (columnAttributes(this.layout.type).has(attribute)) return ALWAYS; // meta
      return anyMember(this.dialect, this.node, attribute, `${attribute.path}.`);
    }
    return singleField(this.dialect, this.layout, path)?.assigned;
  }

  elements(attribute: Attribute): Elements | undefined {
    const relation = this.layout.relations.find((one) => one.relation.attribute === attribute);
    if (relation !== undefined) return this.relationElements(relation);
    const inverse = this.layout.inverses().find((one) => one.inverse.attribute === attribute);
    if (inverse !== undefined) return this.inverseElements(inverse);
    return {
      rows: sql`${this.dialect.one} from ${this.dialect.elements(this.node, attribute.path, 'e')} where ${ALWAYS}`,
      scope: new JsonElement(this.dialect, attribute, this.dialect.element('e')),
    };
  }

  indexedElement(attribute: Attribute, filter: CompareFilter): Sql | undefined {
    if (filter.operator !== 'eq') return undefined;
    const own = filter.path.attribute;
    return this.indexedPath({ attribute, sub: own === attribute ? undefined : own }, filter);
  }

  /** An equality that is looked up among the rows of another table. */
  private indexedPath(path: AttributePath, filter: CompareFilter): Sql | undefined {
    const { quote } = this.dialect;
    const { relations, multi, values } = this.layout;
    const key = keyOf(leaf(path).matching, filter.value);
    if (key === undefined) return FALSE;
    const relation = relations.find((one) => one.relation.attribute === path.attribute);
    if (relation !== undefined) {
      if (!isTargetId(path.attribute, path.sub)) return undefined;
      return sql`${this.id} in (select m.id from ${quote(relation.table)} m where m.value = ${key})`;
    }
    if (!multi.some((one) => samePath(one.path, path))) return undefined;
    return sql`${this.id} in (
      select v.id from ${quote(values)} v where v.path = ${leaf(path).path} and v.value = ${valueKey(key)})`;
  }

  private compareList(filter: CompareFilter, node: Node, member: string): Sql {
    return compareList(this.dialect, filter, node, member);
  }

  private relationElements({ relation, table }: RelationTable): Elements {
    return {
      rows: sql`select 1 from ${this.dialect.quote(table)} m where m.id = ${this.id}`,
      scope: new ReferenceElement(this.dialect, relation.attribute, raw('m.value')),
    };
  }

  private inverseElements({ inverse, relation, before }: InverseTable): Elements {
    const others = before.map(
      ({ table }) =>
        sql` and not exists (select 1 from ${this.dialect.quote(table)} o where o.id = m.value)`,
    );
    return {
      rows: sql`select 1 from ${this.dialect.quote(relation.table)} m where m.value = ${this.id}${join(others, '')}`,
      scope: new ReferenceElement(this.dialect, inverse.attribute, raw('m.id')),
    };
  }
}

/** An element of a list in the search document. */
class JsonElement implements Scope {
  constructor(
    private readonly dialect: Dialect,
    private readonly owner: Attribute,
    private readonly node: Node,
  ) {}

  compare(filter: CompareFilter): Sql | undefined {
    const { attribute } = filter.path;
    if (attribute !== this.owner && attribute.multiValued) {
      return compareList(this.dialect, filter, this.node, attribute.name);
    }
    return comparison(this.dialect, this.field(attribute), filter);
  }

  present({ path }: PresentFilter): Sql {
    const { attribute } = path;
    if (attribute === this.owner && attribute.type === 'complex') {
      return anyMember(this.dialect, this.node, attribute, '');
    }
    if (attribute !== this.owner && attribute.multiValued) {
      return presentList(this.dialect, this.node, attribute.name);
    }
    return this.field(attribute).assigned;
  }

  elements(): undefined {
    return undefined; // lists in lists are compared as a whole
  }

  indexedElement(): undefined {
    return undefined;
  }

  private field(attribute: Attribute): Field {
    const name = attribute === this.owner ? SELF : attribute.name;
    return memberField(this.dialect, this.node, name, attribute.matching !== 'number');
  }
}

/** An element of a relation or computed attribute, of which the id is known. */
class ReferenceElement implements Scope {
  constructor(
    private readonly dialect: Dialect,
    private readonly owner: Attribute,
    private readonly id: Sql,
  ) {}

  compare(filter: CompareFilter): Sql | undefined {
    const { attribute } = filter.path;
    if (attribute === this.owner || !isTargetId(this.owner, attribute)) return undefined;
    return comparison(this.dialect, columnField(this.id), filter);
  }

  present({ path }: PresentFilter): Sql | undefined {
    const { attribute } = path;
    const known = attribute === this.owner || isTargetId(this.owner, attribute);
    return known ? sql`${this.id} <> ''` : undefined;
  }

  elements(): undefined {
    return undefined;
  }

  indexedElement(): undefined {
    return undefined;
  }
}

/** The `value` of a reference, if it is compared as it is kept. */
function isTargetId(owner: Attribute, sub: Attribute | undefined): boolean {
  return sub !== undefined && sub === owner.subByName.get('value') && sub.matching === 'caseExact';
}

/** The field of a path without lists. Undefined: it is kept nowhere. */
export function singleField(
  dialect: Dialect,
  { type, keys }: TypeLayout,
  path: AttributePath,
): Field | undefined {
  const { attribute, sub } = path;
  if (attribute === type.attributes.get('id')) return columnField(raw(`${ROOT}.id`));
  if (attribute === type.attributes.get('meta')) {
    const column = META_COLUMNS[sub?.name ?? ''];
    return column === undefined ? undefined : columnField(raw(`${ROOT}.${column}`));
  }
  if (columnAttributes(type).has(attribute)) return undefined;
  const isText = leaf(path).matching !== 'number';
  const key = keys.find((one) => samePath(one.path, path));
  const indexed = key && sql`${raw(ROOT)}.${dialect.quote(key.column)}`;
  return memberField(dialect, raw(`${ROOT}.search`), leaf(path).path, isText, indexed);
}

/** Parts of `meta` that change without anything else, by column. */
const META_COLUMNS: Readonly<Record<string, string>> = {
  created: 'created',
  lastModified: 'modified',
  version: 'version',
};

function comparison(dialect: Dialect, field: Field, { path, operator, value }: CompareFilter): Sql {
  const literal = keyOf(leaf(path).matching, value);
  // Resolution checks literals; a tree made by hand with a wrong one matches nothing.
  return literal === undefined ? FALSE : compareField(dialect, field, operator, literal);
}

/** A list of simple values within a complex one: any of them, and `ne` where there is none. */
function compareList(dialect: Dialect, filter: CompareFilter, node: Node, member: string): Sql {
  const from = dialect.elements(node, member, 's');
  const isText = leaf(filter.path).matching !== 'number';
  const field = memberField(dialect, dialect.element('s'), SELF, isText);
  const any = sql`exists (${dialect.one} from ${from} where ${comparison(dialect, field, filter)})`;
  return filter.operator === 'ne' ? sql`(not exists (${dialect.one} from ${from}) or ${any})` : any;
}

function presentList(dialect: Dialect, node: Node, member: string): Sql {
  const field = memberField(dialect, dialect.element('s'), SELF, true);
  return sql`exists (${dialect.one} from ${dialect.elements(node, member, 's')} where ${field.assigned})`;
}

/** Whether a complex value has any member that is not empty. */
function anyMember(dialect: Dialect, node: Node, attribute: Attribute, prefix: string): Sql {
  const members = attribute.subAttributes.map((sub) =>
    sub.multiValued
      ? presentList(dialect, node, prefix + sub.name)
      : memberField(dialect, node, prefix + sub.name, sub.matching !== 'number').assigned,
  );
  return sql`(${join([...members, dialect.has(node, prefix + MORE)], ' or ')})`;
}

export function exists({ rows }: Elements, condition: Sql): Sql {
  return sql`exists (${rows} and ${condition})`;
}

/** The path as it reads from the element. */
function elementPath({ attribute, sub }: FilterPath): FilterPath {
  return { element: true, attribute: sub ?? attribute, sub: undefined };
}

function inElement(filter: CompareFilter): CompareFilter {
  return { ...filter, path: elementPath(filter.path) };
}
