import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import type { Request } from 'express';
import {
  findResourceType,
  findSchema,
  type JsonObject,
  MessageUrn,
  notFound,
  resourceTypeResource,
  type SchemaRegistry,
  ScimError,
  schemaResource,
  serviceProviderConfig,
} from '#scim';
import { Discovery } from '../access/route-access.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { locationsOf } from '../http/locations.js';
import { ApiDiscovered, ApiDiscovery } from '../http/openapi/discovery.decorators.js';
import type { ScimReply } from '../http/reply.js';
import { ServiceFeaturesProvider } from './service-features.js';

/** What the service is and does, as data (RFC 7644 §4). */
@Controller()
@Discovery()
export class DiscoveryController {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly features: ServiceFeaturesProvider,
  ) {}

  @Get('ServiceProviderConfig')
  @ApiDiscovery('getServiceProviderConfig', 'What this service supports', 'ServiceProviderConfig')
  config(@Req() request: Request): ScimReply {
    const { base, absoluteBase } = this.locations(request);
    return { status: 200, body: serviceProviderConfig(this.features.at(absoluteBase), base) };
  }

  @Get('ResourceTypes')
  @ApiDiscovery('listResourceTypes', 'All resource types', 'ResourceTypeListResponse')
  resourceTypes(@Req() request: Request): ScimReply {
    const { base } = this.locations(request);
    return everything(this.registry.types.map((type) => resourceTypeResource(type, base)));
  }

  @Get('ResourceTypes/:id')
  @ApiDiscovery('getResourceType', 'One resource type', 'ResourceType')
  @ApiDiscovered('The name of the type.', 'User')
  resourceType(@Req() request: Request, @Param('id') id: string): ScimReply {
    const { base } = this.locations(request);
    const type = findResourceType(this.registry, id);
    if (type === undefined) throw notFound('There is no such resource type.');
    return { status: 200, body: resourceTypeResource(type, base) };
  }

  @Get('Schemas')
  @ApiDiscovery('listSchemas', 'All schemas', 'SchemaListResponse')
  schemas(@Req() request: Request): ScimReply {
    const { base } = this.locations(request);
    return everything(this.registry.schemas.map((schema) => schemaResource(schema, base)));
  }

  @Get('Schemas/:id')
  @ApiDiscovery('getSchema', 'One schema', 'Schema')
  @ApiDiscovered('The URN of the schema.', 'urn:ietf:params:scim:schemas:core:2.0:User')
  schema(@Req() request: Request, @Param('id') id: string): ScimReply {
    const { base } = this.locations(request);
    const schema = findSchema(this.registry, id);
    if (schema === undefined) throw notFound('There is no such schema.');
    return { status: 200, body: schemaResource(schema, base) };
  }

  /** @throws ScimError 403 for a filter (RFC 7644 §4); paging and sorting are ignored */
  private locations(request: Request) {
    const { searchParams } = new URL(request.url, 'http://localhost');
    for (const name of searchParams.keys()) {
      if (name.toLowerCase() !== 'filter') continue;
      throw new ScimError(403, undefined, 'Discovery cannot be filtered; read all of it.');
    }
    return locationsOf(request, this.configuration);
  }
}

/** Discovery is never paged: one response holds it all. */
function everything(resources: readonly JsonObject[]): ScimReply {
  return {
    status: 200,
    body: {
      schemas: [MessageUrn.ListResponse],
      totalResults: resources.length,
      startIndex: 1,
      itemsPerPage: resources.length,
      Resources: resources,
    },
  };
}
