import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { comparable, type Key, type MatchingRule } from '../matching.js';
import { type Attribute, leaf } from '../schema/attribute.js';
import { attributeValue } from '../schema/values.js';
import type { Filter, FilterPath } from './ast.js';
import { comparison } from './operators.js';

type Test<T> = (subject: T) => boolean;
/** A value, a list of values, an element or a list of elements. */
type Value = Json | undefined;
/** What a value is compared by; undefined where there is none. */
type Prepared = Key | undefined;

/**
 * Compiles a filter of a resource type into a test of kept resources. Literals are prepared once, and
 * what the resource holds once for all terms that look at it.
 */
export function compileFilter(filter: Filter): Test<JsonObject> {
  const prepared = new PreparedKeys();
  const test = compile<JsonObject>(filter, prepared, ({ attribute }) => {
    return (resource) => attributeValue(resource, attribute);
  });
  return (resource) => {
    prepared.clear();
    return test(resource);
  };
}

/** Compiles the filter of a value path into a test of one element of `attribute`. */
export function compileElementFilter(filter: Filter, attribute: Attribute): Test<Json> {
  const prepared = new PreparedKeys();
  const test = elementTest(filter, attribute, prepared);
  return (element) => {
    prepared.clear();
    return test(element);
  };
}

/** Whether anything non-empty is assigned (RFC 7644 §3.4.2.2, `pr`); false and 0 are values. */
export function isAssigned(value: Value): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (isArray(value)) return value.some(isAssigned);
  return isObject(value) ? Object.values(value).some(isAssigned) : true;
}

function elementTest(filter: Filter, attribute: Attribute, prepared: PreparedKeys): Test<Json> {
  return compile<Json>(filter, prepared, (path) => {
    if (path.attribute === attribute) return (element) => element;
    const { name } = path.attribute;
    return (element) => (isObject(element) ? element[name] : undefined);
  });
}

function compile<T extends Json>(
  filter: Filter,
  prepared: PreparedKeys,
  read: (path: FilterPath) => (subject: T) => Value,
): Test<T> {
  switch (filter.kind) {
    case 'constant': {
      const { value } = filter;
      return () => value;
    }
    case 'not': {
      const operand = compile(filter.operand, prepared, read);
      return (subject) => !operand(subject);
    }
    case 'and': {
      const operands = filter.operands.map((operand) => compile(operand, prepared, read));
      return (subject) => operands.every((operand) => operand(subject));
    }
    case 'or': {
      const operands = filter.operands.map((operand) => compile(operand, prepared, read));
      return (subject) => operands.some((operand) => operand(subject));
    }
    case 'present': {
      const get = read(filter.path);
      const { sub } = filter.path;
      if (sub === undefined) return (subject) => isAssigned(get(subject));
      return (subject) => listed(get(subject)).some((one) => isAssigned(memberOf(one, sub)));
    }
    case 'compare': {
      const { path } = filter;
      const get = read(path);
      const rule = leaf(path).matching;
      const literal = comparable(rule, filter.value);
      // Resolution checks literals; a tree made by hand with a wrong one matches nothing.
      if (literal === undefined) return () => false;
      const satisfies = comparison(filter.operator, literal);
      const keysOf = prepared.of(path, (subject: T) => keysIn(get(subject), path.sub, rule));
      return (subject) => keysOf(subject).some(satisfies);
    }
    case 'valuePath': {
      const get = read({ element: false, attribute: filter.attribute, sub: undefined });
      const test = elementTest(filter.filter, filter.attribute, prepared);
      return (subject) => {
        const value = get(subject);
        if (isArray(value)) return value.some(test);
        return value !== undefined && value !== null && test(value);
      };
    }
  }
}

/** What the values of an attribute, or of a sub-attribute of its elements, are compared by. */
function keysIn(value: Value, sub: Attribute | undefined, rule: MatchingRule): readonly Prepared[] {
  const values = sub === undefined ? [value] : listed(value).map((one) => memberOf(one, sub));
  return values.flatMap(listed).map((one) => comparable(rule, one));
}

/** All of a list, or the one value; an empty list is no value. */
function listed(value: Value): readonly Value[] {
  if (!isArray(value)) return [value];
  return value.length === 0 ? [undefined] : value;
}

function memberOf(element: Value, { name }: Attribute): Value {
  return isObject(element) ? element[name] : undefined;
}

/** The keys of what is tested, prepared when the first term asks for them. */
class PreparedKeys {
  private readonly known = new Map<string, Map<Json, readonly Prepared[]>>();

  clear(): void {
    for (const known of this.known.values()) known.clear();
  }

  /** @param path what is read of the subjects; terms of one path share its keys */
  of<T extends Json>(
    path: FilterPath,
    prepare: (subject: T) => readonly Prepared[],
  ): (subject: T) => readonly Prepared[] {
    const name = `${path.element} ${leaf(path).path}`;
    const known = this.known.get(name) ?? new Map<Json, readonly Prepared[]>();
    this.known.set(name, known);
    return (subject) => {
      const found = known.get(subject) ?? prepare(subject);
      known.set(subject, found);
      return found;
    };
  }
}
