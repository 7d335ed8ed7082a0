import { bad, type Fields, isFields } from './fake-data.js';

type Test = (record: Fields) => boolean;

const OPERATORS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  $eq: (a, b) => a === b,
  $ne: (a, b) => a !== b,
  $gt: (a, b) => a > b,
  $gte: (a, b) => a >= b,
  $lt: (a, b) => a < b,
  $lte: (a, b) => a <= b,
};

/** `filter` of the list of users: `field:$op:value`. */
export function listFilter(text: string): Test {
  const [, field, operator, value] = /^([^:]+):([^:]+):(.*)$/s.exec(text) ?? [];
  const compare = OPERATORS[operator ?? ''];
  if (field === undefined || compare === undefined) throw bad('Bad Request: invalid filter');
  return (record) => compare(String(record[field] ?? ''), value ?? '');
}

/** `filter` of a search: a list or `{and}` of conditions, or `{or}` of them. */
export function searchFilter(filter: unknown): Test {
  if (filter === undefined) return () => true;
  if (Array.isArray(filter)) return all(filter.map(condition));
  if (!isFields(filter)) throw bad('Bad Request: invalid filter');
  const keys = Object.keys(filter);
  if (keys.length !== 1) throw bad('Bad Request: invalid filter');
  const { and, or } = filter;
  if (Array.isArray(and)) return all(and.map(condition));
  if (Array.isArray(or)) {
    const tests = or.map(condition);
    return (record) => tests.some((test) => test(record));
  }
  throw bad('Bad Request: invalid filter');
}

const all =
  (tests: readonly Test[]): Test =>
  (record) =>
    tests.every((test) => test(record));

function condition(value: unknown): Test {
  if (!isFields(value)) throw bad('Bad Request: invalid filter');
  return all(
    Object.entries(value).map(([field, wanted]) => {
      if (typeof wanted === 'string' || typeof wanted === 'boolean' || wanted === null) {
        return (record) => (record[field] ?? null) === wanted;
      }
      if (!isFields(wanted)) throw bad('Bad Request: invalid filter');
      return comparison(field, wanted);
    }),
  );
}

function comparison(field: string, wanted: Fields): Test {
  const [[operator, operand] = ['', undefined]] = Object.entries(wanted);
  if (typeof operand !== 'string') throw bad('Bad Request: invalid filter');
  if (operator === '$regex') {
    const insensitive = operand.startsWith('(?i)');
    const literal = /^\(\?i\)\^((?:[^\\^$.*+?()[\]{}|]|\\.)*)\$$/s.exec(operand)?.[1];
    if (literal !== undefined && /^[\x20-\x7e]*$/.test(literal)) {
      const wanted = literal.replace(/\\(.)/g, '$1').toLowerCase();
      return (record) => {
        const value = record[field];
        if (typeof value !== 'string' || value.length !== wanted.length) return false;
        return value.toLowerCase() === wanted;
      };
    }
    const pattern = new RegExp(insensitive ? operand.slice(4) : operand, insensitive ? 'iu' : 'u');
    return (record) => typeof record[field] === 'string' && pattern.test(record[field]);
  }
  const compare = OPERATORS[operator];
  if (compare === undefined) throw bad('Bad Request: invalid filter');
  return (record) => typeof record[field] === 'string' && compare(record[field], operand);
}
