import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { comparable } from '../matching.js';
import { type Attribute, leaf } from '../schema/attribute.js';
import { attributeValue } from '../schema/values.js';
import type { CompareFilter, Filter, FilterPath } from './ast.js';
import { comparison } from './operators.js';

type Test<T> = (subject: T) => boolean;
/** A value, a list of values, an element or a list of elements. */
type Value = Json | undefined;

/**
 * Compiles a filter of a resource type into a test of kept resources. The literals are prepared
 * once; the test allocates nothing.
 */
export function compileFilter(filter: Filter): Test<JsonObject> {
  return compile(filter, (path) => {
    const { attribute } = path;
    return (resource) => attributeValue(resource, attribute);
  });
}

/** Compiles the filter of a value path into a test of one element of `attribute`. */
export function compileElementFilter(filter: Filter, attribute: Attribute): Test<Json> {
  return compile(filter, (path) => {
    if (path.attribute === attribute) return (element) => element;
    const { name } = path.attribute;
    return (element) => (isObject(element) ? element[name] : undefined);
  });
}

/** Whether anything non-empty is assigned (RFC 7644 §3.4.2.2, `pr`); false and 0 are values. */
export function isAssigned(value: Value): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (isArray(value)) return value.some(isAssigned);
  return isObject(value) ? Object.values(value).some(isAssigned) : true;
}

function compile<T>(filter: Filter, read: (path: FilterPath) => (subject: T) => Value): Test<T> {
  switch (filter.kind) {
    case 'constant': {
      const { value } = filter;
      return () => value;
    }
    case 'not': {
      const operand = compile(filter.operand, read);
      return (subject) => !operand(subject);
    }
    case 'and': {
      const operands = filter.operands.map((operand) => compile(operand, read));
      return (subject) => operands.every((operand) => operand(subject));
    }
    case 'or': {
      const operands = filter.operands.map((operand) => compile(operand, read));
      return (subject) => operands.some((operand) => operand(subject));
    }
    case 'present':
    case 'compare': {
      const get = read(filter.path);
      const test = testOf(filter);
      return (subject) => test(get(subject));
    }
    case 'valuePath': {
      const get = read({ element: false, attribute: filter.attribute, sub: undefined });
      const test = compileElementFilter(filter.filter, filter.attribute);
      return (subject) => {
        const value = get(subject);
        if (isArray(value)) return value.some(test);
        return value !== undefined && value !== null && test(value);
      };
    }
  }
}

/** The test of what an attribute holds. */
function testOf(filter: Filter & { kind: 'present' | 'compare' }): Test<Value> {
  const { sub } = filter.path;
  const test = filter.kind === 'present' ? isAssigned : compareTest(filter);
  if (sub === undefined) return test;
  const { name } = sub;
  return anyOf((element) => test(isObject(element) ? element[name] : undefined));
}

function compareTest(filter: CompareFilter): Test<Value> {
  const rule = leaf(filter.path).matching;
  const literal = comparable(rule, filter.value);
  // Resolution checks literals; a tree made by hand with a wrong one matches nothing.
  if (literal === undefined) return () => false;
  const satisfies = comparison(filter.operator, literal);
  return anyOf((value) => satisfies(comparable(rule, value)));
}

/** Any of a list, or the one value; an empty list is no value. */
function anyOf(test: Test<Value>): Test<Value> {
  return (value) => {
    if (!isArray(value)) return test(value);
    return value.length === 0 ? test(undefined) : value.some(test);
  };
}
