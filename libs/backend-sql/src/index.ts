export { parseDatabaseUrl } from './connection/database-url.js';
export { SqlBackend } from './sql.backend.js';
export { SqlModule } from './sql.module.js';
export type { DatabaseKind, SqlBackendOptions, SqlNotice } from './sql.options.js';
