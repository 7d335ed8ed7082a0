import type { Attribute, Filter, ResourceType } from '#scim';
import type { Sort } from '../../contract.js';
import { expandable } from '../content.js';

/** Which relations and computed attributes must be loaded before something can be evaluated. */
export interface Touched {
  readonly names: ReadonlySet<string>;
  /** Those of which more than `value` is looked at, so that `type` and `display` must be filled in. */
  readonly details: ReadonlySet<string>;
}

export function touchedBy(
  type: ResourceType,
  filter: Filter | undefined,
  sort: Sort | undefined,
): Touched {
  const candidates = new Set(expandable(type));
  const names = new Set<string>();
  const details = new Set<string>();
  const touch = (attribute: Attribute, sub: Attribute | undefined) => {
    if (attribute.extension !== undefined || !candidates.has(attribute.name)) return;
    names.add(attribute.name);
    if (sub !== undefined && sub.name !== 'value') details.add(attribute.name);
  };
  if (filter !== undefined) walk(filter, undefined, touch);
  if (sort !== undefined) touch(sort.path.attribute, sort.path.sub);
  return { names, details };
}

type Visit = (attribute: Attribute, sub: Attribute | undefined) => void;

/** `around` is the attribute whose elements the paths of a value path start at. */
function walk(filter: Filter, around: Attribute | undefined, visit: Visit): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const operand of filter.operands) walk(operand, around, visit);
      return;
    case 'not':
      walk(filter.operand, around, visit);
      return;
    case 'valuePath':
      visit(filter.attribute, undefined);
      walk(filter.filter, filter.attribute, visit);
      return;
    case 'compare':
    case 'present':
      if (around === undefined) visit(filter.path.attribute, filter.path.sub);
      else visit(around, filter.path.attribute);
      return;
    case 'constant':
      return;
  }
}
