/** What a call looks like from outside, for metrics and logs. Holds no secret, no id and no query. */
export interface ObservedCall {
  readonly method: string;
  /** The kind of call, e.g. `/api/systemusers/{id}`. */
  readonly route: string;
  /** The last answer's status; undefined where there was none. */
  readonly status: number | undefined;
  /** Requests that were sent for it. */
  readonly attempts: number;
  readonly milliseconds: number;
}

export interface HttpOptions {
  /** Address that the paths of calls follow, without a slash at its end. */
  readonly baseUrl: string;
  /** Asked before each request, for what authorises it. `fresh` follows a 401. */
  readonly authorize?: (fresh: boolean) => Promise<Readonly<Record<string, string>>>;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests under way at once; more wait for their turn. Default 16. */
  readonly concurrency?: number;
  /** Calls that may wait for their turn; one more is refused as an outage. Default 1000. */
  readonly queue?: number;
  /** Milliseconds until a connection must stand. Default 5000. */
  readonly connectTimeout?: number;
  /** Milliseconds until one request must be answered in full. Default 15000. */
  readonly timeout?: number;
  /** Milliseconds for a call, repeats and waiting included. Default 30000. */
  readonly deadline?: number;
  /** Most requests of a call. Default 4. */
  readonly attempts?: number;
  /** Milliseconds before the first repeat, doubled for each further one. Default 250. */
  readonly backoff?: number;
  /** Failures in a row after which the other side counts as down. Default 8. */
  readonly failures?: number;
  /** Milliseconds for which nobody asks a side that is down. Default 5000. */
  readonly coolDown?: number;
  /** Most bytes of an answer. Default 64 MiB. */
  readonly maxAnswer?: number;
  /** Told of each call when it is over. */
  readonly observe?: (call: ObservedCall) => void;
}

export const DEFAULTS = {
  concurrency: 16,
  queue: 1000,
  connectTimeout: 5_000,
  timeout: 15_000,
  deadline: 30_000,
  attempts: 4,
  backoff: 250,
  failures: 8,
  coolDown: 5_000,
  maxAnswer: 64 * 1024 * 1024,
} as const;
