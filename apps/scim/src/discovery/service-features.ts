import { Inject, Injectable } from '@nestjs/common';
import type { SchemaRegistry, ServiceFeatures } from '#scim';
import { TenantBackends } from '../composition/tenant-backends.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';

/** What this service does, as configured and as its backends promise; nothing is said by heart. */
@Injectable()
export class ServiceFeaturesProvider {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly backends: TenantBackends,
  ) {}

  /** @param absoluteBase SCIM base that the documentation is linked at */
  at(absoluteBase: string): ServiceFeatures {
    const { configuration, registry, backends } = this;
    const { pageSize, bulkMaxOperations } = configuration;
    return {
      documentationUri: `${absoluteBase}/api`,
      patch: true,
      bulk: {
        supported: bulkMaxOperations > 0,
        maxOperations: bulkMaxOperations,
        maxPayloadSize: configuration.bulkMaxPayloadSize,
      },
      filter: { supported: true, maxResults: pageSize },
      changePassword: registry.types.some((type) =>
        type.all.some(({ mutability }) => mutability === 'writeOnly'),
      ),
      sort: true,
      etag: backends.all().every(({ supports }) => supports.cas !== 'none'),
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: configuration.defaultPagination,
        defaultPageSize: pageSize,
        maxPageSize: pageSize,
        cursorTimeout: configuration.cursorTimeout,
      },
      authenticationSchemes: [
        {
          type: 'oauthbearertoken',
          name: 'Bearer token',
          description:
            'The key, sent as "Authorization: Bearer <key>". "x-api-key: <key>" works as well.',
          specUri: 'https://www.rfc-editor.org/info/rfc6750',
          primary: true,
        },
      ],
    };
  }
}
