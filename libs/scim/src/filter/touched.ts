import type { Filter } from './ast.js';

/**
 * Canonical paths of the top-level attributes a filter reads, so that the caller knows which
 * relations and computed attributes must be loaded.
 */
export function touchedAttributes(filter: Filter): ReadonlySet<string> {
  const touched = new Set<string>();
  collect(filter, touched);
  return touched;
}

function collect(filter: Filter, touched: Set<string>): void {
  switch (filter.kind) {
    case 'constant':
      return;
    case 'not':
      collect(filter.operand, touched);
      return;
    case 'and':
    case 'or':
      for (const operand of filter.operands) collect(operand, touched);
      return;
    case 'present':
    case 'compare':
      if (!filter.path.element) touched.add(filter.path.attribute.path);
      return;
    case 'valuePath':
      touched.add(filter.attribute.path);
      return;
  }
}
