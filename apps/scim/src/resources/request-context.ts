import type { Configuration } from '../config/configuration.js';
import { type Client, clientOf, type ScimHttpRequest } from '../http/client.js';

/** What a request says besides its body and query. */
export interface RequestContext {
  readonly client: Client;
  /** Base of `meta.location` and `$ref` in answers: absolute, or empty for the relative form. */
  readonly base: string;
  /** Base of the `Location` header, always absolute. */
  readonly absoluteBase: string;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** The client asks for the resource in the answer to a PATCH (RFC 7240 §4.2). */
  readonly wantsRepresentation: boolean;
}

/**
 * Reads a request's headers. SRAM joins its base URL and `meta.location`, so a request with its
 * `X-Service` header is answered with relative locations unless META_LOCATION says otherwise.
 */
export function requestContext(
  request: ScimHttpRequest,
  configuration: Configuration,
): RequestContext {
  const { headers } = request;
  const absoluteBase = configuration.publicUrl ?? `${origin(request)}${configuration.basePath}`;
  const relative =
    configuration.metaLocation === 'relative' ||
    (configuration.metaLocation === 'auto' && headers['x-service'] !== undefined);
  return {
    client: clientOf(request),
    base: relative ? '' : absoluteBase,
    absoluteBase,
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    wantsRepresentation: /\breturn=representation\b/i.test(String(headers.prefer ?? '')),
  };
}

/** Express looks at X-Forwarded-* only where `trust proxy` is on. */
function origin(request: ScimHttpRequest): string {
  return `${request.protocol}://${request.host}`;
}
