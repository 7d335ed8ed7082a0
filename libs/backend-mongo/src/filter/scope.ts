import { columnAttributes, MORE, SELF } from '#backend';
import {
  type Attribute,
  type AttributePath,
  type CompareFilter,
  type Filter,
  type FilterPath,
  leaf,
  type PresentFilter,
  samePath,
  sortedPart,
  type ValuePathFilter,
} from '#scim';
import type { TypeLayout } from '../layout/layout.js';
import { storedName } from '../layout/names.js';
import { and, elementTests, FALSE, type Node, or, TRUE, test } from './condition.js';
import { isWhole, keyOf } from './keys.js';
import { absent, assigned, compareField } from './operators.js';

/** What the paths of a filter mean at one place: at the resource, or at an element of a list. */
export interface Scope {
  /** Undefined where the database does not know. */
  compare(filter: CompareFilter): Node | undefined;
  present(filter: PresentFilter): Node | undefined;
  /** What was looked up of one element of a relation, and whether that is all that is asked. */
  lookedUp(filter: ValuePathFilter): { readonly node: Node; readonly exact: boolean } | undefined;
  /** The list of a multi-valued attribute; undefined where it is not in the document. */
  list(attribute: Attribute): string | undefined;
}

/** Ids that were looked up for the parts of a filter that ask about relations. */
export type Found = ReadonlyMap<Filter, readonly string[]>;

export class Root implements Scope {
  private readonly elsewhere: ReadonlySet<Attribute | undefined>;

  constructor(
    private readonly layout: TypeLayout,
    private readonly found: Found,
  ) {
    this.elsewhere = columnAttributes(layout.type);
  }

  compare(filter: CompareFilter): Node | undefined {
    const ids = this.found.get(filter);
    if (ids !== undefined) return test('_id', { $in: ids });
    const { path, operator } = filter;
    const { attribute } = path;
    const key = keyOf(leaf(path).matching, filter.value);
    if (key === undefined) return FALSE;
    if (!attribute.multiValued) return this.compareSingle(filter);
    const list = this.list(attribute);
    if (list === undefined) return undefined;
    const indexed = this.layout.lists.find((one) => samePath(one.path, path));
    if (indexed !== undefined && operator === 'eq') {
      return test(`${SEARCH}${indexed.list}.${indexed.member}`, { $eq: key });
    }
    const inner = new Element(attribute).compare({ ...filter, path: elementPath(path) });
    const any = elementTests(list, inner);
    return operator === 'ne' ? any && or([absent(list), any]) : any;
  }

  lookedUp({ filter }: ValuePathFilter) {
    const operands = filter.kind === 'and' ? filter.operands : [filter];
    const known = operands.find((operand) => this.found.has(operand));
    const ids = known && this.found.get(known);
    return ids && { node: test('_id', { $in: ids }), exact: operands.length === 1 };
  }

  private compareSingle({ path, operator, value }: CompareFilter): Node | undefined {
    const field = this.field(path);
    const key = keyOf(leaf(path).matching, value);
    if (field === undefined || key === undefined) return field === undefined ? undefined : FALSE;
    if (path.sub?.multiValued) {
      const any = elementTests(field, compareField(SELF, operator, key));
      return operator === 'ne' ? any && or([absent(field), any]) : any;
    }
    const indexed = this.layout.keys.find((one) => samePath(one.path, path));
    if (indexed === undefined) return compareField(field, operator, key);
    const sorted = `${SORTED}${indexed.name}`;
    if (operator === 'sw' && isWhole(key)) return compareField(sorted, operator, key);
    if (operator !== 'eq') return compareField(field, operator, key);
    const equal = test(sorted, { $eq: sortedPart(key) });
    return isWhole(key) ? equal : and([equal, test(field, { $eq: key })]);
  }

  present({ path }: PresentFilter): Node | undefined {
    const { attribute, sub } = path;
    const { attributes } = this.layout.type;
    if (attribute === attributes.get('id')) return TRUE;
    if (attribute === attributes.get('meta')) {
      return sub === undefined || this.field(path) !== undefined ? TRUE : undefined;
    }
    if (attribute.multiValued) {
      const list = this.list(attribute);
      const inner = new Element(attribute).present({ kind: 'present', path: elementPath(path) });
      return list === undefined ? undefined : elementTests(list, inner);
    }
    if (this.elsewhere.has(attribute)) return undefined;
    if (attribute.type === 'complex' && sub === undefined) {
      return anyMember(attribute, SEARCH, `${attribute.path}.`);
    }
    const field = SEARCH + storedName(leaf(path).path);
    return sub?.multiValued ? elementTests(field, assigned(SELF)) : assigned(field);
  }

  list(attribute: Attribute): string | undefined {
    return this.elsewhere.has(attribute) ? undefined : SEARCH + storedName(attribute.path);
  }

  private field(path: AttributePath): string | undefined {
    return singleField(this.layout, path);
  }
}

/** An element of a list among the derived values. */
export class Element implements Scope {
  constructor(private readonly owner: Attribute) {}

  compare({ path, operator, value }: CompareFilter): Node {
    const { attribute } = path;
    const key = keyOf(leaf(path).matching, value);
    if (key === undefined) return FALSE;
    const member = this.member(attribute);
    if (attribute === this.owner || !attribute.multiValued) {
      return compareField(member, operator, key);
    }
    const any = elementTests(member, compareField(SELF, operator, key)) ?? FALSE;
    return operator === 'ne' ? or([absent(member), any]) : any;
  }

  present({ path }: PresentFilter): Node {
    const { attribute } = path;
    if (attribute === this.owner && attribute.type === 'complex') {
      return anyMember(attribute, '', '');
    }
    const member = this.member(attribute);
    if (attribute === this.owner || !attribute.multiValued) return assigned(member);
    return elementTests(member, assigned(SELF)) ?? FALSE;
  }

  lookedUp(): undefined {
    return undefined;
  }

  list(): undefined {
    return undefined; // lists in lists are compared as a whole
  }

  private member(attribute: Attribute): string {
    return attribute === this.owner ? SELF : storedName(attribute.name);
  }
}

const SEARCH = '_scim.s.';
const SORTED = '_scim.o.';

/** Where the database keeps the key of a path without lists. Undefined: nowhere. */
export function singleField(layout: TypeLayout, path: AttributePath): string | undefined {
  const { type } = layout;
  const { attribute, sub } = path;
  if (attribute === type.attributes.get('id')) return '_id';
  if (attribute === type.attributes.get('meta')) return META_FIELDS[sub?.name ?? ''];
  if (columnAttributes(type).has(attribute)) return undefined;
  return SEARCH + storedName(leaf(path).path);
}

/** Where the first characters of it are, in an index, if there are. */
export function sortedField(layout: TypeLayout, path: AttributePath): string | undefined {
  const key = layout.keys.find((one) => samePath(one.path, path));
  return key && SORTED + key.name;
}

const META_FIELDS: Readonly<Record<string, string>> = {
  created: '_scim.created',
  lastModified: '_scim.modified',
  version: 'meta.version',
};

/** Whether a complex value has any member that is not empty. */
function anyMember(attribute: Attribute, at: string, prefix: string): Node {
  const members = attribute.subAttributes.map((sub) => {
    const field = at + storedName(prefix + sub.name);
    return sub.multiValued ? (elementTests(field, assigned(SELF)) ?? FALSE) : assigned(field);
  });
  return or([...members, test(at + storedName(prefix + MORE), { $exists: true })]);
}

/** The path as it reads from the element. */
function elementPath({ attribute, sub }: FilterPath): FilterPath {
  return { element: true, attribute: sub ?? attribute, sub: undefined };
}
