import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { BACKEND } from '#backend';
import { FileBackend } from './file.backend.js';
import type { FileBackendOptions } from './file.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<FileBackendOptions>().build();

/** Provides the file backend under `BACKEND`: `FileModule.register({ dataPath })`. */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: FileBackendOptions) => new FileBackend(options),
    },
  ],
  exports: [BACKEND],
})
export class FileModule extends ConfigurableModuleClass {}
