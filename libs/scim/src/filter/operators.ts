import { compareKeys, type Key } from '../matching.js';
import type { CompareOperator } from './syntax.js';

/**
 * A test of one prepared value against a prepared literal (RFC 7644 §3.4.2.2). No value, undefined,
 * fulfils `ne` only.
 */
export function comparison(
  operator: CompareOperator,
  literal: Key,
): (key: Key | undefined) => boolean {
  switch (operator) {
    case 'eq':
      return (key) => key === literal;
    case 'ne':
      return (key) => key !== literal;
    case 'co':
      return (key) => typeof key === 'string' && key.includes(String(literal));
    case 'sw':
      return (key) => typeof key === 'string' && key.startsWith(String(literal));
    case 'ew':
      return (key) => typeof key === 'string' && key.endsWith(String(literal));
    case 'gt':
      return (key) => key !== undefined && compareKeys(key, literal) > 0;
    case 'ge':
      return (key) => key !== undefined && compareKeys(key, literal) >= 0;
    case 'lt':
      return (key) => key !== undefined && compareKeys(key, literal) < 0;
    case 'le':
      return (key) => key !== undefined && compareKeys(key, literal) <= 0;
  }
}
