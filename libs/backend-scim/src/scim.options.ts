import type { ClientCredentials, ObservedCall } from '#upstream-http';

/** What authorises requests to the other server. */
export type Credentials = { readonly key: string } | ClientCredentials;

export interface ScimBackendOptions {
  /** Base address of the other server, without a slash at the end (`FORWARD_SCIM_URL`). */
  readonly url: string;
  readonly credentials: Credentials;
  /** What the other server has no schema for: refused (the default), or dropped with a report. */
  readonly unknown?: 'refuse' | 'drop';
  /** The servers that the request at hand came through, for the header `Via`; ends loops. */
  readonly via?: () => string | undefined;
  /** Requests under way at once. Default 16. */
  readonly concurrency?: number;
  /** Milliseconds until a request must be answered. Default 15000. */
  readonly timeout?: number;
  /** Milliseconds for a call with its repeats. Default 30000. */
  readonly deadline?: number;
  /** Milliseconds before the first repeat. Default 250. */
  readonly backoff?: number;
  /** Milliseconds for which a side that is down is not asked. Default 5000. */
  readonly coolDown?: number;
  /** Told of each call. */
  readonly observe?: (call: ObservedCall) => void;
  /** Told what a person should look at. Default: silent. */
  readonly report?: (message: string) => void;
}
