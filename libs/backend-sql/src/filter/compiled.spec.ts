import { expect, it } from 'vitest';
import { compiledFilters, registry } from '#backend-testkit';
import { printFilter } from '#scim';
import { render } from '../connection/statement.js';
import { MARIADB } from '../dialect/mariadb.js';
import { MYSQL } from '../dialect/mysql.js';
import { POSTGRES } from '../dialect/postgres.js';
import { SQLITE } from '../dialect/sqlite.js';
import { layoutOf } from '../schema/layout.js';
import { conditionOf } from './sql.filter.js';

it.each(Object.entries({ postgres: POSTGRES, mariadb: MARIADB, mysql: MYSQL, sqlite: SQLITE }))(
  'R-155 %s is asked what it was asked before',
  async (name, dialect) => {
    const layout = layoutOf(registry.types, '');
    const text = compiledFilters((type, filter) => {
      const condition = conditionOf(dialect, layout.ofType(type), filter);
      if (condition === undefined) return undefined;
      const { query, residual } = condition;
      return [
        render(query, dialect.placeholder).replaceAll(/\s+/g, ' '),
        `-- ${JSON.stringify(query.params)}`,
        ...(residual === undefined ? [] : [`-- left: ${printFilter(residual)}`]),
      ].join('\n');
    });
    await expect(text).toMatchFileSnapshot(`compiled/${name}.sql`);
  },
);
