import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Backend } from '#backend';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from './configuration.js';
import { DEFAULT_TENANT } from './values.js';

/** Opens one backend for each tenant. */
export type OpenBackends = (
  configuration: Configuration,
  registry: SchemaRegistry,
  logger: Logger,
) => Promise<ReadonlyMap<string, Backend>>;

/**
 * The only place that names backends. Each library is loaded when it is chosen and not before, so
 * that no driver is loaded that nobody uses.
 * @throws BackendError `unavailable`, or Error with a message that says what to configure
 */
export const openBackends: OpenBackends = async (configuration, registry, logger) => {
  const backends = new Map<string, Backend>();
  try {
    for (const { name } of configuration.tenants) {
      const backend = await fileBackend(dataPathOf(configuration, name), logger);
      backends.set(name, backend);
      await backend.open(registry.types);
    }
  } catch (error) {
    await closeBackends(backends).catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
  return backends;
};

/** Closes all of them, also when one fails. */
export async function closeBackends(backends: ReadonlyMap<string, Backend>): Promise<void> {
  const results = await Promise.allSettled(
    [...backends.values()].map((backend) => backend.close()),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function fileBackend(dataPath: string, logger: Logger): Promise<Backend> {
  const { FileBackend } = await import('#backend-file');
  return new FileBackend({
    dataPath,
    report: ({ kind, path, message, cause }) => {
      logger.warn({ kind, path: join(dataPath, path), err: cause }, message);
    },
  });
}

/** The default tenant has the folder to itself, as before there were tenants. */
function dataPathOf({ dataPath }: Configuration, tenant: string): string {
  return tenant === DEFAULT_TENANT ? dataPath : join(dataPath, 'tenants', tenant);
}
