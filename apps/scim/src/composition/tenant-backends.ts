import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BACKEND, type Backend, type Connector, reach } from '#backend';
import type { ResourceType } from '#scim';
import type { Measures } from '../operations/measures.js';
import { measured } from './measured.js';

/** The backends of all tenants, by the tenant's name, from when they are open. */
@Injectable()
export class TenantBackends implements OnApplicationShutdown {
  private readonly backends = new Map<string, Backend>();

  constructor(
    private readonly connectors: ReadonlyMap<string, Connector>,
    private readonly measures?: Measures,
  ) {}

  /** @throws Error for a tenant that is not configured, or not open yet */
  of(tenant: string): Backend {
    const backend = this.backends.get(tenant);
    if (backend === undefined) throw new Error(`there is no tenant ${tenant}`);
    return backend;
  }

  all(): readonly Backend[] {
    return [...this.backends.values()];
  }

  /**
   * Opens those that are not open yet.
   * @throws BackendError `unavailable`, or Error with a message that says what to configure
   */
  async open(types: readonly ResourceType[]): Promise<void> {
    for (const [tenant, connector] of this.connectors) {
      if (this.backends.has(tenant)) continue;
      const backend = await connector.open(types);
      const { measures } = this;
      this.backends.set(
        tenant,
        measures === undefined ? backend : measured(backend, tenant, measures),
      );
    }
  }

  /** Finds out whether they would open. @throws as `open` */
  async reach(types: readonly ResourceType[]): Promise<void> {
    for (const connector of this.connectors.values()) await reach(connector, types);
  }

  /** Lets go of all stores, when the last request was answered; also when one of them fails. */
  async onApplicationShutdown(): Promise<void> {
    const results = await Promise.allSettled(this.all().map((backend) => backend.close()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** Gathers what each tenant's module provides as `BACKEND`, under one provider. */
export function tenantBackendsModule(
  modules: ReadonlyMap<string, DynamicModule>,
  measures?: Measures,
): DynamicModule {
  const tenants = [...modules].map(([name, module]) => ({ name, module, token: Symbol(name) }));
  @Module({})
  class TenantBackendsModule {}
  return {
    module: TenantBackendsModule,
    imports: tenants.map(({ module, token }) => tenantModule(module, token)),
    providers: [
      {
        provide: TenantBackends,
        inject: tenants.map(({ token }) => token),
        useFactory: (...connectors: readonly Connector[]) =>
          new TenantBackends(
            new Map(connectors.map((connector, i) => [tenants[i]?.name ?? '', connector])),
            measures,
          ),
      },
    ],
    exports: [TenantBackends],
  };
}

/** Every backend module exports the same token; in a module of its own each gets its own name. */
function tenantModule(module: DynamicModule, token: symbol): DynamicModule {
  @Module({})
  class TenantModule {}
  return {
    module: TenantModule,
    imports: [module],
    providers: [{ provide: token, useExisting: BACKEND }],
    exports: [token],
  };
}
