import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { BACKEND } from '#backend';
import { SqlBackend } from './sql.backend.js';
import type { SqlBackendOptions } from './sql.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<SqlBackendOptions>().build();

/** Provides the SQL backend under `BACKEND`: `SqlModule.register({ url })`. */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: SqlBackendOptions) => new SqlBackend(options),
    },
  ],
  exports: [BACKEND],
})
export class SqlModule extends ConfigurableModuleClass {}
