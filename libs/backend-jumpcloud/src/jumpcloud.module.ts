import { backendModule } from '#backend';
import { JumpCloudConnector } from './jumpcloud.connector.js';
import type { JumpCloudOptions } from './jumpcloud.options.js';

/** Provides the JumpCloud backend under `BACKEND`: `JumpCloudModule.register({ url, key })`. */
export class JumpCloudModule extends backendModule(
  (options: JumpCloudOptions) => new JumpCloudConnector(options),
) {}
