import { type DynamicModule, Module } from '@nestjs/common';
import { BACKEND, type Connector, reach } from '#backend';
import { JournaledBackend, type JournaledBackendOptions } from './journaled.backend.js';

/**
 * A module that provides what another one provides as `BACKEND`, with a journal around it if it has
 * no outbox of its own.
 */
export function journaled(backend: DynamicModule, options: JournaledBackendOptions): DynamicModule {
  const inner = Symbol('the backend without a journal');
  // Both provide the same token, so that each needs a module of its own.
  @Module({})
  class InnerModule {}
  @Module({})
  class JournaledModule {}
  return {
    module: JournaledModule,
    imports: [
      {
        module: InnerModule,
        imports: [backend],
        providers: [{ provide: inner, useExisting: BACKEND }],
        exports: [inner],
      },
    ],
    providers: [
      {
        provide: BACKEND,
        inject: [inner],
        useFactory: (connector: Connector): Connector => ({
          open: async (types) => {
            const backend = await connector.open(types);
            return backend.outbox === undefined
              ? JournaledBackend.around(backend, options)
              : backend;
          },
          reach: (types) => reach(connector, types),
        }),
      },
    ],
    exports: [BACKEND],
  };
}
