import { Inject, Injectable } from '@nestjs/common';
import { turn } from '#backend';
import {
  type BulkAction,
  type BulkOutcome,
  type JsonObject,
  parseBulk,
  planBulk,
  resourceLocation,
  runBulk,
  type SchemaRegistry,
} from '#scim';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { scimErrorOf } from '../http/scim-error-of.js';
import type { RequestContext } from '../resources/request-context.js';
import { ResourceService, type Written } from '../resources/resource.service.js';

/** Bulk requests (RFC 7644 §3.7): every operation goes the way of a request of its own. */
@Injectable()
export class BulkService {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly resources: ResourceService,
  ) {}

  /** @returns the BulkResponse message. @throws ScimError for a malformed or too large message */
  async run(context: RequestContext, body: unknown, requestId: string): Promise<JsonObject> {
    const { bulkMaxOperations } = this.configuration;
    const { registry } = this;
    const message = parseBulk(body, { registry, maxOperations: bulkMaxOperations });
    return runBulk(planBulk(message), {
      execute: (action) => this.execute(context, action),
      locate: (type, id) => resourceLocation(context.base, type.endpoint, id),
      toError: (error) => scimErrorOf(error, requestId),
      pause: turn,
    });
  }

  private async execute(context: RequestContext, action: BulkAction): Promise<BulkOutcome> {
    const { type, data, version } = action;
    const id = action.id ?? '';
    const own = { ...context, ifMatch: version, ifNoneMatch: undefined };
    switch (action.method) {
      case 'POST':
        return outcome(201, await this.resources.create(own, type, data));
      case 'PUT':
        return outcome(200, await this.resources.replace(own, type, id, data));
      case 'PATCH':
        return outcome(200, await this.resources.patch(own, type, id, data));
      case 'DELETE':
        await this.resources.remove(own, type, id);
        return { status: 204, id };
    }
  }
}

function outcome(status: number, { stored }: Written): BulkOutcome {
  return { status, id: stored.id, version: stored.meta.version };
}
