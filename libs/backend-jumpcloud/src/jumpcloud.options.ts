import type { ObservedCall } from '#upstream-http';

export interface JumpCloudOptions {
  /** `https://console.jumpcloud.com`, with or without `/api` (`JUMPCLOUD_URL`). */
  readonly url: string;
  /** API key (`JUMPCLOUD_KEY`). */
  readonly key: string;
  /** Id of the organisation, for keys of administrators of several (`JUMPCLOUD_ORG`). */
  readonly organisation?: string;
  /** Passwords are handed on as they were sent (`PASSWORDS=pass`). Default false. */
  readonly passwords?: boolean;
  /** Requests under way at once. Default 8. */
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
