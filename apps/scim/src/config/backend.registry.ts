import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Configuration } from './configuration.js';
import { DEFAULT_TENANT } from './values.js';

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
  const { ldap } = configuration;
  if (ldap !== undefined) {
    const { LdapModule } = await import('#backend-ldap');
    const { ca, ...settings } = ldap;
    return LdapModule.register({
      ...settings,
      ...(ca === undefined ? {} : { ca }),
      ...(tenant === DEFAULT_TENANT ? {} : { unit: tenant }),
      report: (message, cause) => logger.warn({ err: cause }, message),
    });
  }
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

/** The default tenant has the folder to itself, as before there were tenants. */
function dataPathOf({ dataPath }: Configuration, tenant: string): string {
  return tenant === DEFAULT_TENANT ? dataPath : join(dataPath, 'tenants', tenant);
}
