import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from '../../config/configuration.js';
import { packageVersion } from '../../config/package-root.js';
import { aboutMe, description, KEY } from './description.js';
import { discoverySchemas } from './discovery-schemas.js';
import { errorResponses, withErrors } from './errors.js';
import { headerComponents } from './headers.js';
import { messageSchemas } from './message-schemas.js';
import { inputSchemaOf, openapiSchemaOf, requestName } from './resource-schema.js';

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;

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
  const scanned = SwaggerModule.createDocument(app, frame(configuration, registry), {
    autoTagControllers: false, // every operation names its own
  });
  return {
    ...scanned,
    paths: pathsOf(scanned.paths, configuration, registry),
    components: {
      ...scanned.components,
      headers: headerComponents(),
      responses: errorResponses(),
      schemas: {
        ...Object.fromEntries(
          registry.types.flatMap((type) => [
            [type.name, openapiSchemaOf(type)],
            [requestName(type), inputSchemaOf(type)],
          ]),
        ),
        ...messageSchemas(registry),
        ...discoverySchemas(registry),
      },
    },
  };
}

/** All that no operation states. */
function frame(configuration: Configuration, registry: SchemaRegistry) {
  const builder = new DocumentBuilder()
    .setTitle('SCIM gateway')
    .setDescription(description(registry.typeByName))
    .setVersion(packageVersion())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicPath(configuration) || '/')
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: KEY })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: KEY }, 'x-api-key')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('x-api-key');
  for (const { endpoint, definition } of registry.types) {
    builder.addTag(endpoint.slice(1), definition.description ?? definition.name);
  }
  return builder
    .addTag('All resources', 'Queries over every resource type')
    .addTag('Bulk', 'Many changes in one request')
    .addTag('Me', aboutMe(configuration))
    .addTag('Discovery', 'What the service is and does')
    .addTag('Operations', 'For those who run the service')
    .build();
}

/** The operations that this service offers, as it is configured. */
function pathsOf(paths: Paths, configuration: Configuration, registry: SchemaRegistry): Paths {
  const isOffered = (path: string): boolean =>
    (path !== '/Bulk' || configuration.bulkMaxOperations > 0) &&
    (path !== '/Me' || registry.typeByName.has('User'));
  const needsNoKey = ({ tags = [] }: Operation, path: string): boolean =>
    (configuration.discoveryPublic && tags.includes('Discovery')) ||
    (configuration.metricsPublic && path === '/metrics');
  const finished = (operation: Operation, path: string): Operation => {
    const responses = withErrors(operation.responses);
    if (!needsNoKey(operation, path)) return { ...operation, responses };
    const { 401: _, 429: __, ...open } = responses;
    return { ...operation, responses: open, security: [] };
  };
  return Object.fromEntries(
    Object.entries(paths)
      .filter(([path]) => isOffered(path))
      .map(([path, item]) => [
        path,
        Object.fromEntries(
          Object.entries(item).map(([method, operation]: [string, Operation]) => [
            method,
            finished(operation, path),
          ]),
        ),
      ]),
  );
}
