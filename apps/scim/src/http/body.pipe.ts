import {
  type ArgumentMetadata,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { JsonObject } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { type BodyLimit, readBody } from './body.js';

/** Whose limit a body has to keep. */
export type BodyKind = 'resource' | 'bulk';

/** Reads the body after the guards passed, and only on routes that take one. */
@Injectable()
export class BodyPipe implements PipeTransform<ScimHttpRequest, Promise<JsonObject>> {
  private readonly limits: Readonly<Record<BodyKind, BodyLimit>>;

  constructor(@Inject(CONFIGURATION) configuration: Configuration) {
    this.limits = {
      resource: { bytes: configuration.maxBodySize, setting: 'MAX_BODY_SIZE' },
      bulk: { bytes: configuration.bulkMaxPayloadSize, setting: 'maxPayloadSize' },
    };
  }

  /** @throws ScimError 400, 413, 415 */
  transform(request: ScimHttpRequest, { data }: ArgumentMetadata): Promise<JsonObject> {
    return readBody(request, this.limits[data === 'bulk' ? 'bulk' : 'resource']);
  }
}

const requestOf = createParamDecorator((_kind: BodyKind, context: ExecutionContext) =>
  context.switchToHttp().getRequest<ScimHttpRequest>(),
);

/** Parameter of a controller method that receives the body, a JSON object. */
export const ScimBody = (kind: BodyKind = 'resource') => requestOf(kind, BodyPipe);
