import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { ANY_MEDIA_TYPE, RouteMetadata } from '../access/route-access.js';

const ACCEPTED: ReadonlySet<string> = new Set([
  'application/scim+json',
  'application/json',
  'application/*',
  '*/*',
]);

/** Whether a client that sends this Accept header can read our answers (RFC 7644 §3.8). */
export function isAcceptable(accept: string | undefined): boolean {
  if (accept === undefined || accept === '' || ACCEPTED.has(accept)) return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter));
    return ACCEPTED.has(type) && !refused;
  });
}

/** Whether a person looks at the answer: browsers ask for text/html. */
export function wantsHtml(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes('text/html') ?? false;
}

/** Refuses requests whose sender could not read the answer, before anything is done for them. */
@Injectable()
export class MediaTypeGuard implements CanActivate {
  private readonly anyMediaType: RouteMetadata<boolean>;

  constructor(reflector: Reflector) {
    this.anyMediaType = new RouteMetadata(reflector, ANY_MEDIA_TYPE);
  }

  /** @throws ScimError 406 */
  canActivate(context: ExecutionContext): boolean {
    const { accept } = context.switchToHttp().getRequest<ScimHttpRequest>().headers;
    if (isAcceptable(accept) || this.anyMediaType.of(context) === true) return true;
    throw new ScimError(
      406,
      undefined,
      'Answers are application/scim+json; the Accept header has to allow that or application/json.',
    );
  }
}
