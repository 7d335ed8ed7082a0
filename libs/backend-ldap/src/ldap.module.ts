import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { BACKEND } from '#backend';
import { LdapBackend } from './ldap.backend.js';
import type { LdapBackendOptions } from './ldap.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<LdapBackendOptions>().build();

/** Provides the LDAP backend under `BACKEND`: `LdapModule.register({ servers, baseName })`. */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: LdapBackendOptions) => new LdapBackend(options),
    },
  ],
  exports: [BACKEND],
})
export class LdapModule extends ConfigurableModuleClass {}
