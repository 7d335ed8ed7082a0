import { backendModule } from '#backend';
import { SqlConnector } from './sql.connector.js';
import type { SqlBackendOptions } from './sql.options.js';

/** Provides the SQL backend under `BACKEND`: `SqlModule.register({ url })`. */
export class SqlModule extends backendModule(
  (options: SqlBackendOptions) => new SqlConnector(options),
) {}
