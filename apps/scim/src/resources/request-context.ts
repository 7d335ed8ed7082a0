import { ScimError } from '#scim';
import { type Client, clientOf, type ScimHttpRequest } from '../access/client.js';
import type { Configuration } from '../config/configuration.js';
import { type Locations, locationsOf } from '../http/locations.js';

/** What a request says besides its body and query. */
export interface RequestContext extends Locations {
  readonly client: Client;
  /** Names the request in logs, the audit and answers. */
  readonly requestId: string | undefined;
  /** Where it came from. */
  readonly address: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** Paths of the only attributes that may be changed; undefined: all that the schema lets. */
  readonly mayChange?: ReadonlySet<string>;
  /** Whether the client wants the resource in the answer to a PATCH, if it says so (RFC 7240 §4.2). */
  readonly prefers: 'representation' | 'minimal' | undefined;
  /** Aborted when the connection ends before the answer: the client, or its deadline, is gone. */
  readonly signal: AbortSignal;
}

/** Reads a request's headers. */
export function requestContext(
  request: ScimHttpRequest,
  configuration: Configuration,
): RequestContext {
  const { headers } = request;
  return {
    client: clientOf(request),
    requestId: request.requestId,
    address: request.ip,
    ...locationsOf(request, configuration),
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    prefers: preference(headers.prefer),
    signal: waiting(request),
  };
}

function preference(header: string | readonly string[] | undefined): RequestContext['prefers'] {
  if (header === undefined) return undefined;
  const [, wanted] = /\breturn *= *"?(representation|minimal)\b/i.exec(String(header)) ?? [];
  return wanted?.toLowerCase() as RequestContext['prefers'];
}

/** Nobody reads what is answered to a client that is gone; the status is for the log. */
function waiting({ res }: ScimHttpRequest): AbortSignal {
  const controller = new AbortController();
  res?.once('close', () => {
    if (res.writableFinished) return;
    controller.abort(new ScimError(503, undefined, 'The client closed the connection.'));
  });
  return controller.signal;
}
