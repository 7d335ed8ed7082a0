import { Inject, Injectable } from '@nestjs/common';
import type { Stored } from '#backend';
import {
  checkPreconditions,
  compileProjection,
  neededRelations,
  type Projection,
  parseAttributeList,
  type ResourceType,
  resourceLocation,
  type SchemaRegistry,
} from '#scim';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import type { ListQuery } from '../http/query.pipe.js';
import type { ScimReply } from '../http/reply.js';
import { Repositories } from './repositories.js';
import type { RequestContext } from './request-context.js';
import type { Written } from './resource.service.js';
import { withAnswerTag } from './versions.js';

/** Elements up to which a relation is part of the answer to a PATCH. */
const SMALL_RELATION = 100;

/** Turns a resource into an answer: projection, locations, ETag, conditional reads. */
@Injectable()
export class ResourceResponder {
  constructor(
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly repositories: Repositories,
  ) {}

  /** What a request wants to see. @throws ScimError invalidValue */
  projection(type: ResourceType, query: ListQuery): Projection {
    const parameters = {
      attributes: parseAttributeList(query.attributes),
      excludedAttributes: parseAttributeList(query.excludedAttributes),
    };
    return compileProjection(type, parameters, this.registry);
  }

  /**
   * Answer to a read; 304 without a body when the client has this answer (RFC 7644 §3.14).
   * @throws ScimError 412
   */
  found(context: RequestContext, type: ResourceType, stored: Stored, to: Projection): ScimReply {
    const shown = withAnswerTag(type, stored);
    const headers = this.headers(context, type, shown);
    const isWanted = checkPreconditions(context, shown.meta.version, 'read');
    if (!isWanted) return { status: 304, headers };
    return { status: 200, headers, body: to.apply(shown, { base: context.base }) };
  }

  /** Answer to a write, with what the projection wants of relations read afresh. */
  async written(
    context: RequestContext,
    type: ResourceType,
    { stored, sent }: Written,
    to: Projection,
    status: 200 | 201,
  ): Promise<ScimReply> {
    const expand = neededRelations(to);
    const repository = this.repositories.of(context.client.tenant, type);
    const read = expand.length === 0 ? stored : await repository.get(stored.id, { expand });
    // Deleted meanwhile: what was written, without its relations.
    const whole = withAnswerTag(type, read ?? stored);
    const unread = new Set(read === undefined ? expand : []);
    return {
      status,
      headers: this.headers(context, type, whole),
      body: to.apply(whole, {
        base: context.base,
        unread,
        ...(sent === undefined ? {} : { sent }),
      }),
    };
  }

  /**
   * Whether a PATCH is answered without the resource (RFC 7644 §3.5.2 leaves it open). A projection
   * or `Prefer` decides; else relations do, which must not be read in full for one new member.
   */
  async isBrief(
    context: RequestContext,
    type: ResourceType,
    { id }: Stored,
    { attributes, excludedAttributes }: ListQuery,
  ): Promise<boolean> {
    if (attributes !== undefined || excludedAttributes !== undefined) return false;
    if (context.prefers !== undefined) return context.prefers === 'minimal';
    const relations = type.relations.map(({ attribute }) => attribute.name);
    const repository = this.repositories.of(context.client.tenant, type);
    return !(await repository.isSmall(id, relations, SMALL_RELATION));
  }

  /** Answer to a PATCH that needs no body: 204 with the new ETag. */
  noContent(context: RequestContext, type: ResourceType, stored: Stored): ScimReply {
    return { status: 204, headers: this.headers(context, type, stored) };
  }

  private headers(context: RequestContext, type: ResourceType, stored: Stored) {
    return {
      ETag: stored.meta.version,
      Location: resourceLocation(context.absoluteBase, type.endpoint, stored.id),
    };
  }
}
