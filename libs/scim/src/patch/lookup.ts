import type { Filter } from '../filter/ast.js';
import { comparable, type Key } from '../matching.js';
import type { Attribute } from '../schema/attribute.js';

/** A value that elements hold in a sub-attribute, or are. */
export interface Lookup {
  readonly sub: Attribute;
  readonly key: Key;
}

/**
 * The values of which an element holds one when it fulfils the filter of a value path; it need not
 * fulfil the filter because of that.
 * @param owner the attribute whose elements the filter is about
 * @returns undefined where only a look at every element tells
 */
export function lookupsOf(filter: Filter, owner: Attribute): readonly Lookup[] | undefined {
  switch (filter.kind) {
    case 'compare': {
      const { operator, path, value } = filter;
      const { attribute: sub } = path;
      const key = comparable(sub.matching, value);
      const isOne = path.sub === undefined && (!sub.multiValued || sub === owner);
      return operator === 'eq' && isOne && key !== undefined ? [{ sub, key }] : undefined;
    }
    case 'and':
      for (const operand of filter.operands) {
        const found = lookupsOf(operand, owner);
        if (found !== undefined) return found;
      }
      return undefined;
    case 'or': {
      const found = filter.operands.map((operand) => lookupsOf(operand, owner));
      return found.every((one) => one !== undefined) ? found.flat() : undefined;
    }
    case 'not':
    case 'present':
    case 'valuePath':
    case 'constant':
      return undefined;
  }
}
