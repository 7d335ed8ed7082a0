import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import type { Connector } from '../contract.js';
import { BACKEND } from '../tokens.js';

/**
 * Base class of a backend's module: provides under `BACKEND` what its options make.
 * `class FileModule extends backendModule((options: FileBackendOptions) => new FileConnector(options)) {}`
 */
export function backendModule<Options>(connector: (options: Options) => Connector) {
  const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
    new ConfigurableModuleBuilder<Options>().build();
  @Module({
    providers: [{ provide: BACKEND, inject: [MODULE_OPTIONS_TOKEN], useFactory: connector }],
    exports: [BACKEND],
  })
  class BackendModule extends ConfigurableModuleClass {}
  return BackendModule;
}
