import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { BACKEND } from '../tokens.js';
import { MemoryBackend } from './memory.backend.js';
import type { MemoryOptions } from './memory.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<MemoryOptions>().build();

/** Provides the in-memory backend under `BACKEND`: `MemoryModule.register({})`. */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: MemoryOptions) => new MemoryBackend(options),
    },
  ],
  exports: [BACKEND],
})
export class MemoryModule extends ConfigurableModuleClass {}
