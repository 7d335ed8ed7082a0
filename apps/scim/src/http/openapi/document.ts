import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from '../../config/configuration.js';
import { packageVersion } from '../../config/package-root.js';
import { messageSchemas } from './message-schemas.js';
import { openapiSchemaOf } from './resource-schema.js';

const DESCRIPTION = `SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865): users, groups and further resources.

Press **Authorize** and enter the key, in either of the two forms. Requests and answers are
\`application/scim+json\`; every error is a SCIM error that says what to fix.

Where the service is set up so, every change is announced on RabbitMQ as an **EventMessage** (see
Schemas): persistent, at least once, in order for each resource; repeats have the same message id.`;

/** Path below which clients find the service: of PUBLIC_URL behind a proxy that adds one. */
export function publicPath({ publicUrl, basePath }: Configuration): string {
  return publicUrl === undefined ? basePath : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/** The OpenAPI document: operations as the controllers state them, schemas as the registry does. */
export function openApiDocument(
  app: INestApplication,
  configuration: Configuration,
  registry: SchemaRegistry,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('SCIM gateway')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicPath(configuration) || '/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The key.' }, 'bearer')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The key.' },
      'x-api-key',
    )
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('x-api-key');
  for (const { endpoint, definition } of registry.types) {
    builder.addTag(endpoint.slice(1), definition.description ?? definition.name);
  }
  builder
    .addTag('All resources', 'Queries over every resource type')
    .addTag('Bulk', 'Many changes in one request')
    .addTag('Discovery', 'What the service is and does')
    .addTag('Operations', 'For those who run the service');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    autoTagControllers: false, // every operation names its own
  });
  return {
    ...document,
    paths: configuration.discoveryPublic ? withoutKey(document.paths, 'Discovery') : document.paths,
    components: {
      ...document.components,
      schemas: {
        ...document.components?.schemas,
        ...messageSchemas(registry),
        ...Object.fromEntries(registry.types.map((type) => [type.name, openapiSchemaOf(type)])),
      },
    },
  };
}

/** The paths, with no key asked for at the operations of a tag. */
function withoutKey(paths: OpenAPIObject['paths'], tag: string): OpenAPIObject['paths'] {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      item.get?.tags?.includes(tag) ? { ...item, get: { ...item.get, security: [] } } : item,
    ]),
  );
}
