import {
  type ArgumentMetadata,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { JsonLimits, JsonObject } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { type BodyLimit, readBody } from './body.js';
import { BodyBudget } from './body-budget.js';

/** Whose limit a body has to keep. */
export type BodyKind = 'resource' | 'bulk' | 'search';

/** More than a search may have, so that what is wrong with it can be told. */
const SEARCH_BYTES = 512 * 1024;

/** Reads the body after the guards passed, and only on routes that take one. */
@Injectable()
export class BodyPipe implements PipeTransform<ScimHttpRequest, Promise<JsonObject>> {
  private readonly budget: BodyBudget;
  private readonly limits: Readonly<Record<BodyKind, BodyLimit>>;

  constructor(@Inject(CONFIGURATION) configuration: Configuration) {
    this.budget = budgetOf(configuration);
    const json: JsonLimits = {
      nodes: { most: configuration.jsonMaxNodes, setting: 'JSON_MAX_NODES' },
      valueBytes: { most: configuration.maxValueSize, setting: 'MAX_VALUE_SIZE' },
    };
    this.limits = {
      resource: { bytes: configuration.maxBodySize, setting: 'MAX_BODY_SIZE', json },
      bulk: { bytes: configuration.bulkMaxPayloadSize, setting: 'maxPayloadSize', json },
      search: { bytes: SEARCH_BYTES, setting: 'the service for a search', json },
    };
  }

  /** @throws ScimError 400, 413, 415, 503 */
  async transform(request: ScimHttpRequest, { data }: ArgumentMetadata): Promise<JsonObject> {
    const limit = this.limits[isKind(data) ? data : 'resource'];
    this.budget.reserve(request, limit.bytes, (end) => void request.res?.once('close', end));
    return readBody(request, limit);
  }
}

const requestOf = createParamDecorator((_kind: BodyKind, context: ExecutionContext) =>
  context.switchToHttp().getRequest<ScimHttpRequest>(),
);

/** Nest makes a pipe for each module that uses it; the budget is one for the service. */
const budgets = new WeakMap<Configuration, BodyBudget>();

function budgetOf(configuration: Configuration): BodyBudget {
  const budget = budgets.get(configuration) ?? new BodyBudget(configuration.bodyBudget);
  budgets.set(configuration, budget);
  return budget;
}

function isKind(data: unknown): data is BodyKind {
  return data === 'resource' || data === 'bulk' || data === 'search';
}

/** Parameter of a controller method that receives the body, a JSON object. */
export const ScimBody = (kind: BodyKind = 'resource') => requestOf(kind, BodyPipe);
