import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Configuration, DatabaseConfiguration } from '../config/configuration.js';
import type { LdapConfiguration } from '../config/ldap.js';
import { DEFAULT_TENANT } from '../config/values.js';

/** Gives the module that provides a tenant's `BACKEND`. */
export type ChooseBackend = (
  configuration: Configuration,
  tenant: string,
  logger: Logger,
) => Promise<DynamicModule>;

/** Default of the reference, which is emptied when the machine starts. */
const TEMPORARY = '/tmp';
const TEMPORARY_WARNING = 'The data are kept in /tmp, which the system may empty: set DATA_PATH.';

/**
 * The only place that names backends. Each library is loaded when it is chosen and not before, so
 * that no driver is loaded that nobody uses.
 */
export const chooseBackend: ChooseBackend = async (configuration, tenant, logger) => {
  const { ldap, database } = configuration;
  if (ldap !== undefined) return ldapModule(ldap, tenant, logger);
  if (database !== undefined) return sqlModule(database, tenant, logger);
  return fileModule(configuration, tenant, logger);
};

const fileModule: ChooseBackend = async (configuration, tenant, logger) => {
  const { FileModule } = await import('#backend-file');
  if (configuration.dataPath === TEMPORARY) logger.warn(TEMPORARY_WARNING);
  const dataPath = dataPathOf(configuration, tenant);
  return FileModule.register({
    dataPath,
    report: ({ kind, path, message, cause }) => {
      logger.warn({ kind, path: join(dataPath, path), err: cause }, message);
    },
  });
};

async function sqlModule(
  { url, poolSize, timeout }: DatabaseConfiguration,
  tenant: string,
  logger: Logger,
): Promise<DynamicModule> {
  const { SqlModule } = await import('#backend-sql');
  return SqlModule.register({
    url,
    poolSize,
    statementTimeout: timeout * 1000,
    // The default tenant has the tables of the names that were configured.
    prefix: tenant === DEFAULT_TENANT ? '' : `${tenant}_`,
    report: ({ kind, message, cause }) => {
      const level = kind === 'taking-over' ? 'info' : 'warn';
      logger[level]({ kind, err: cause }, message);
    },
  });
}

async function ldapModule(
  { ca, ...settings }: LdapConfiguration,
  tenant: string,
  logger: Logger,
): Promise<DynamicModule> {
  const { LdapModule } = await import('#backend-ldap');
  return LdapModule.register({
    ...settings,
    ...(ca === undefined ? {} : { ca }),
    // The default tenant has the base to itself, as before there were tenants.
    ...(tenant === DEFAULT_TENANT ? {} : { unit: tenant }),
    report: (message, cause) => logger.warn({ err: cause }, message),
  });
}

/** The default tenant has the folder to itself, as before there were tenants. */
function dataPathOf({ dataPath }: Configuration, tenant: string): string {
  return tenant === DEFAULT_TENANT ? dataPath : join(dataPath, 'tenants', tenant);
}
