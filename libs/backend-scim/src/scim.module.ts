import { backendModule } from '#backend';
import { ScimConnector } from './scim.connector.js';
import type { ScimBackendOptions } from './scim.options.js';

/** Provides the upstream SCIM backend under `BACKEND`: `ScimModule.register({ url, credentials })`. */
export class ScimModule extends backendModule(
  (options: ScimBackendOptions) => new ScimConnector(options),
) {}
