import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { DEFAULT_TENANT } from '../config/values.js';
import { viaOfRequest } from '../http/via.js';
import type { Measures } from '../operations/measures.js';
import type { StoreCalls } from '../operations/store-calls.js';

/** Gives the module that provides a tenant's `BACKEND`. */
export type ChooseBackend = (
  configuration: Configuration,
  tenant: string,
  logger: Logger,
  observers: { readonly calls: StoreCalls; readonly measures: Measures },
) => Promise<DynamicModule>;

/** The module of the store that was configured. */
export const chooseBackend: ChooseBackend = (
  { store, passwords },
  tenant,
  logger,
  { calls, measures },
) =>
  store.module({
    name: tenant,
    isDefault: tenant === DEFAULT_TENANT,
    logger,
    passwords: passwords === 'pass',
    via: viaOfRequest,
    observe: (call) => calls.note(tenant, call),
    noticed: (kind) => measures.notice(tenant, kind),
  });

/** What the operator is told who configured several stores; undefined where there is one. */
export function unusedStoresWarning({ store, unusedStores }: Configuration): string | undefined {
  if (unusedStores.length === 0) return undefined;
  const names = [store, ...unusedStores].map(({ name, chosenBy }) => `${name} (${chosenBy})`);
  return `Several stores are configured, ${names.join(', ')}: ${store.name} is used.`;
}
