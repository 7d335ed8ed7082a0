import { expect, it } from 'vitest';
import { compiledFilters, registry } from '#backend-testkit';
import { type Filter, printFilter } from '#scim';
import { layoutOf } from '../layout/layout.js';
import { conditionOf } from '../mongo.filter.js';

it('R-155 MongoDB is asked what it was asked before', async () => {
  const layout = layoutOf(registry.types, 'scim', '');
  const text = compiledFilters((type, filter) => {
    const lookedUp = new Map<Filter, readonly string[]>();
    const { query, residual } = conditionOf(layout.named(type.name), filter, lookedUp);
    const left = residual === undefined ? '' : `\n-- left: ${printFilter(residual)}`;
    return JSON.stringify(query, undefined, 2) + left;
  });
  await expect(text).toMatchFileSnapshot('compiled/mongo.txt');
});
