import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessModule } from './access/access.module.js';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkService } from './bulk/bulk.service.js';
import { CoreModule, type ServiceSetup } from './composition/core.module.js';
import { DiscoveryController } from './discovery/discovery.controller.js';
import { ServiceFeaturesProvider } from './discovery/service-features.js';
import { ConcurrencyInterceptor } from './http/concurrency.interceptor.js';
import { MediaTypeGuard } from './http/media-type.js';
import { ScimExceptionFilter } from './http/scim-exception.filter.js';
import { MeController } from './me/me.controller.js';
import { OwnResource } from './me/own-resource.js';
import { announcements } from './operations/announcements.js';
import { Audit } from './operations/audit.js';
import { HealthController } from './operations/health.controller.js';
import { Lifecycle } from './operations/lifecycle.js';
import { MetricsController } from './operations/metrics.controller.js';
import { Outage } from './operations/outage.js';
import { ProbesController } from './operations/probes.controller.js';
import { StoreProbe } from './operations/store-probe.js';
import { StoreSizes } from './operations/store-sizes.js';
import { ClearSecrets } from './resources/clear-secrets.js';
import { AttributeMappings } from './resources/mappings.js';
import { Repositories } from './resources/repositories.js';
import { createResourceController } from './resources/resource.controller.js';
import { ResourceService } from './resources/resource.service.js';
import { ResourceResponder } from './resources/resource-responder.js';
import { QueryService } from './search/query.service.js';
import { SearchController } from './search/search.controller.js';

/**
 * The service. A request's way: log, path and headers (`application.ts`), then these guards, the
 * pipes its controller asks for, the controller, and the adapter that writes the reply; the filter
 * renders whatever was thrown on the way.
 */
@Module({})
export class AppModule {
  static register(setup: ServiceSetup): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.register(setup), AccessModule, announcements()],
      controllers: [
        // First, since routes are tried in this order.
        ...setup.registry.types.map(createResourceController),
        SearchController,
        BulkController,
        MeController,
        DiscoveryController,
        HealthController,
        ProbesController,
        MetricsController,
      ],
      providers: [
        { provide: APP_GUARD, useClass: MediaTypeGuard },
        { provide: APP_INTERCEPTOR, useClass: ConcurrencyInterceptor },
        { provide: APP_FILTER, useClass: ScimExceptionFilter },
        Lifecycle,
        StoreProbe,
        StoreSizes,
        Outage,
        ServiceFeaturesProvider,
        Audit,
        Repositories,
        AttributeMappings,
        ResourceService,
        ClearSecrets,
        ResourceResponder,
        OwnResource,
        QueryService,
        BulkService,
      ],
    };
  }
}
