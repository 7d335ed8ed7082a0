import { afterPrefix } from '#backend';
import type { CompareOperator, Key } from '#scim';
import { type Expression, FALSE, type Node, test } from './condition.js';
import { literalPattern } from './keys.js';

/** A field that holds keys, compared with one, as `comparison` of #scim compares them. */
export function compareField(field: string, operator: CompareOperator, key: Key): Node {
  const is = expressionOf(operator, key);
  return is === undefined ? FALSE : test(field, is);
}

/** Undefined: nothing is so. Ranges are of the key's own type, as MongoDB compares them. */
function expressionOf(operator: CompareOperator, key: Key): Expression | undefined {
  switch (operator) {
    case 'eq':
      return { $eq: key };
    case 'ne':
      return { $ne: key };
    case 'gt':
      return { $gt: key };
    case 'ge':
      return { $gte: key };
    case 'lt':
      return { $lt: key };
    case 'le':
      return { $lte: key };
    case 'sw':
    case 'co':
    case 'ew':
      return typeof key === 'string' ? partOf(operator, key) : undefined;
  }
}

function partOf(operator: 'sw' | 'co' | 'ew', text: string): Expression {
  if (text === '') return { $gte: '' };
  if (operator === 'co') return { $regex: literalPattern(text) };
  if (operator === 'ew') return { $regex: `${literalPattern(text)}\\z` };
  // A prefix is a range, which an index answers.
  const below = afterPrefix(text);
  return below === undefined ? { $gte: text } : { $gte: text, $lt: below };
}

/** Anything non-empty is there. A value that compares with nothing is kept as null. */
export function assigned(field: string): Node {
  return test(field, { $exists: true, $ne: '' });
}

export function absent(field: string): Node {
  return test(field, { $exists: false });
}
