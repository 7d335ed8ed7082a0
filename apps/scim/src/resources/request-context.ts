import type { Configuration } from '../config/configuration.js';
import { type Client, clientOf, type ScimHttpRequest } from '../http/client.js';
import { type Locations, locationsOf } from '../http/locations.js';

/** What a request says besides its body and query. */
export interface RequestContext extends Locations {
  readonly client: Client;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** The client asks for the resource in the answer to a PATCH (RFC 7240 §4.2). */
  readonly wantsRepresentation: boolean;
}

/** Reads a request's headers. */
export function requestContext(
  request: ScimHttpRequest,
  configuration: Configuration,
): RequestContext {
  const { headers } = request;
  return {
    client: clientOf(request),
    ...locationsOf(request, configuration),
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    wantsRepresentation: /\breturn=representation\b/i.test(String(headers.prefer ?? '')),
  };
}
