import { Inject, Injectable } from '@nestjs/common';
import type { SchemaRegistry } from '#scim';
import { TenantBackends } from '../composition/tenant-backends.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import type { Metric } from './metrics.js';

/** Time that counting may take, in ms: whoever scrapes does not wait for longer. */
const PATIENCE = 2_000;
/** Time for which a number holds, in ms: counting costs some stores a lot. */
const FRESH = 60_000;

interface Size {
  readonly tenant: string;
  readonly type: string;
  readonly number: number;
}

/** How many resources the stores keep: rows, files, entries. */
@Injectable()
export class StoreSizes {
  private sizes: readonly Size[] = [];
  private since = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly backends: TenantBackends,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** @param visible whether the numbers of a tenant may be told; those that cannot be had are left out */
  async metric(visible: (tenant: string) => boolean): Promise<Metric> {
    if (performance.now() - this.since > FRESH) {
      this.since = performance.now();
      this.sizes = await this.count();
    }
    const sizes = this.sizes.filter(({ tenant }) => visible(tenant));
    return {
      name: 'scim_resources',
      kind: 'gauge',
      help: 'Resources that the store keeps, counted once a minute at most.',
      values: sizes.map(({ tenant, type, number }) => ({
        labels: { tenant, type },
        value: number,
      })),
    };
  }

  private async count(): Promise<readonly Size[]> {
    const signal = AbortSignal.timeout(PATIENCE);
    const counts = this.configuration.tenants.flatMap(({ name: tenant }) =>
      this.registry.types.map(async (type): Promise<readonly Size[]> => {
        const store = this.backends.of(tenant).store(type);
        const page = await store.query?.({ start: { offset: 0 }, limit: 0, expand: [], signal });
        return page?.total === undefined ? [] : [{ tenant, type: type.name, number: page.total }];
      }),
    );
    const late = new Promise<readonly Size[]>((resolve) => {
      signal.addEventListener('abort', () => resolve([]), { once: true });
    });
    const found = await Promise.all(counts.map((one) => Promise.race([one.catch(() => []), late])));
    return found.flat();
  }
}
