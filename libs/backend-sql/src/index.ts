export { parseDatabaseUrl } from './connection/database-url.js';
export { SqlConnector } from './sql.connector.js';
export { SqlModule } from './sql.module.js';
export type { DatabaseKind, SqlBackendOptions, SqlNotice } from './sql.options.js';
