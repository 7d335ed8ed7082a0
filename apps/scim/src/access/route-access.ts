import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/**
 * What a route asks of a request:
 * - `public`: no key is asked for
 * - `discovery`: no key is asked for unless DISCOVERY_PUBLIC=false
 * - `metrics`: no key is asked for with METRICS_PUBLIC=true
 * - `own`: a token that speaks for a user is enough, for what is that user's own
 * - `read`: needs no right to write although its method is not GET, or checks that right itself
 */
export type Access = 'public' | 'discovery' | 'metrics' | 'own' | 'read';

export const ACCESS = 'scim:access';
export const ANY_MEDIA_TYPE = 'scim:any-media-type';

export const Public = () => SetMetadata(ACCESS, 'public' satisfies Access);
export const Discovery = () => SetMetadata(ACCESS, 'discovery' satisfies Access);
export const Metrics = () => SetMetadata(ACCESS, 'metrics' satisfies Access);

/** For /Me. */
export const OwnAccess = () => SetMetadata(ACCESS, 'own' satisfies Access);

/** For POST /.search, which changes nothing, and /Bulk, whose operations are judged one by one. */
export const ReadAccess = () => SetMetadata(ACCESS, 'read' satisfies Access);

/** The route answers whatever the Accept header says. */
export const AnyMediaType = () => SetMetadata(ANY_MEDIA_TYPE, true);

/** Metadata of routes, reflected once for each and not on every request. */
export class RouteMetadata<T> {
  private readonly known = new Map<unknown, Map<unknown, T | undefined>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly key: string,
  ) {}

  /** Of the method, else of its controller. */
  of(context: ExecutionContext): T | undefined {
    const controller = context.getClass();
    const handler = context.getHandler();
    // By class as well: controllers may inherit the same method and still differ in access.
    const ofClass = this.known.get(controller) ?? new Map<unknown, T | undefined>();
    this.known.set(controller, ofClass);
    if (ofClass.has(handler)) return ofClass.get(handler);
    const value = this.reflector.getAllAndOverride<T | undefined>(this.key, [handler, controller]);
    ofClass.set(handler, value);
    return value;
  }
}
