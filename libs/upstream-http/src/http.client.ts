import { setTimeout as delay } from 'node:timers/promises';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  wrap,
} from 'cockatiel';
import { Pool } from 'undici';
import { type Answer, type CallAnswer, readAnswer } from './answer.js';
import { DEFAULTS, type HttpOptions } from './http.options.js';
import { noAnswer, Outage, reasonOf, TooLong } from './outage.js';
import { retryAfter } from './retry-after.js';

/** One thing to ask of the other side. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query after the base address, encoded. */
  readonly path: string;
  /** The kind of call, for metrics: the path without ids and query. */
  readonly route: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form instead. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether doing it twice is the same as once. Default: all but POST and PATCH. What must not be
   * repeated still is when it is certain that it was not done: no connection, or 429.
   */
  readonly repeatable?: boolean;
  /** Most bytes of the answer that anybody wants; a longer one is `TooLong`, and read no further. */
  readonly maxAnswer?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Statuses of a side that is in trouble; all others are answers. */
const TROUBLE = new Set([500, 502, 503, 504]);
const BUSY = 429;

/**
 * Asks another service: over kept connections, with a limit of requests under way, repeats where
 * that is safe, and a circuit that opens when the other side is down.
 */
export class HttpClient {
  private readonly options: HttpOptions & typeof DEFAULTS;
  private readonly pool: Pool;
  private readonly prefix: string;
  private readonly circuit: CircuitBreakerPolicy;
  private readonly turns: ReturnType<typeof bulkhead>;
  /** Until when the other side asked everybody to wait, in milliseconds since 1970. */
  private busyUntil = 0;
  /** What it failed of before it was asked no more. */
  private last: Outage | undefined;

  constructor(options: HttpOptions) {
    this.options = { ...DEFAULTS, ...options } as HttpOptions & typeof DEFAULTS;
    const { baseUrl, concurrency, queue, connectTimeout, timeout, failures, coolDown } =
      this.options;
    const { origin, pathname } = new URL(baseUrl);
    this.prefix = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, {
      connections: concurrency,
      connectTimeout,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
    this.turns = bulkhead(concurrency, queue);
    this.circuit = circuitBreaker(
      handleWhen((error) => error instanceof Outage),
      { halfOpenAfter: coolDown, breaker: new ConsecutiveBreaker(failures) },
    );
  }

  /**
   * @returns any answer that says something, 4xx included
   * @throws Outage where there is none, also after repeats; the signal's reason when it was aborted
   */
  async send(call: Call): Promise<CallAnswer> {
    const { observe, deadline, attempts: most } = this.options;
    const started = performance.now();
    const end = started + deadline;
    let attempts = 0;
    let status: number | undefined;
    let fresh = false;
    try {
      for (;;) {
        await this.whileBusy(end, call.signal);
        attempts++;
        const outcome = await this.attempt(call, end, fresh);
        status = outcome instanceof Outage ? undefined : outcome.status;
        const refused = status === 401 && !fresh && this.options.authorize !== undefined;
        if (refused) fresh = true;
        else if (outcome instanceof Outage) {
          await this.beforeRepeat(call, outcome, attempts, most, end);
        } else return { ...outcome, attempts };
      }
    } finally {
      const milliseconds = performance.now() - started;
      observe?.({ method: call.method, route: call.route, status, attempts, milliseconds });
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }

  /** An answer, or why there is none; throws only the caller's own abort. */
  private async attempt(call: Call, end: number, fresh: boolean): Promise<Answer | Outage> {
    try {
      return await wrap(this.turns, this.circuit).execute(async () => {
        const answer = await this.request(call, end, fresh);
        const trouble = this.troubleOf(answer);
        // Busy is not down: it does not open the circuit.
        if (trouble !== undefined && answer.status !== BUSY) throw trouble;
        return trouble ?? answer;
      });
    } catch (error) {
      call.signal?.throwIfAborted();
      if (error instanceof Outage) {
        this.last = error;
        return error;
      }
      if (error instanceof BrokenCircuitError) return this.down(error);
      if (error instanceof BulkheadRejectedError) {
        return new Outage('Too many requests wait for it.', { perhapsDone: false, cause: error });
      }
      throw error;
    }
  }

  private down(cause: unknown): Outage {
    const seconds = Math.ceil(this.options.coolDown / 1000);
    const last = this.last === undefined ? '' : ` Before that: ${reasonOf(this.last)}`;
    const message = `It has been down for a while and is not asked for now.${last}`;
    return new Outage(message, { perhapsDone: false, retryAfter: seconds, cause });
  }

  private async request(call: Call, end: number, fresh: boolean): Promise<Answer> {
    const { authorize, headers, timeout, maxAnswer } = this.options;
    const left = Math.max(1, Math.min(timeout, end - performance.now()));
    const limit = AbortSignal.timeout(Math.ceil(left));
    const signal = call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]);
    signal.throwIfAborted();
    const authorization = (await authorize?.(fresh)) ?? {};
    const content = contentOf(call);
    try {
      const response = await this.pool.request({
        method: call.method,
        path: `${this.prefix}${call.path}`,
        headers: { ...content?.headers, ...headers, ...authorization, ...call.headers },
        body: content?.text ?? null,
        signal,
      });
      return await readAnswer(response, maxAnswer, call.maxAnswer);
    } catch (error) {
      if (error instanceof Outage || error instanceof TooLong) throw error;
      throw noAnswer(error);
    }
  }

  /** Why an answer is none; undefined for one that says something. */
  private troubleOf({ status, header }: Answer): Outage | undefined {
    if (status !== BUSY && !TROUBLE.has(status)) return undefined;
    const seconds = retryAfter(header('retry-after'));
    if (status === BUSY && seconds !== undefined) {
      this.busyUntil = Math.max(this.busyUntil, Date.now() + seconds * 1000);
    }
    return new Outage(`It answered with status ${status}.`, {
      perhapsDone: status !== BUSY,
      ...(seconds === undefined ? {} : { retryAfter: seconds }),
    });
  }

  /** Waits until a call may be repeated. @throws the outage if it may not, or not in time */
  private async beforeRepeat(
    call: Call,
    outage: Outage,
    attempts: number,
    most: number,
    end: number,
  ): Promise<void> {
    const repeatable = call.repeatable ?? (call.method !== 'POST' && call.method !== 'PATCH');
    const open = outage.details.cause instanceof BrokenCircuitError;
    if (open || attempts >= most || (outage.details.perhapsDone && !repeatable)) throw outage;
    const { backoff } = this.options;
    // Full jitter, so that those who failed together do not come back together.
    const pause = backoff * 2 ** (attempts - 1) * (0.5 + Math.random() / 2);
    const wait = Math.max(pause, (outage.details.retryAfter ?? 0) * 1000);
    if (performance.now() + wait >= end) throw outage;
    await delay(wait, undefined, call.signal === undefined ? {} : { signal: call.signal });
  }

  private async whileBusy(end: number, signal: AbortSignal | undefined): Promise<void> {
    const wait = this.busyUntil - Date.now();
    if (wait <= 0) return;
    if (performance.now() + wait >= end) {
      const message = 'It asked for a pause that is longer than anybody waits here.';
      throw new Outage(message, { perhapsDone: false, retryAfter: Math.ceil(wait / 1000) });
    }
    await delay(wait, undefined, signal === undefined ? {} : { signal });
  }
}

/** The body of a request, with its type; the headers of the call may state another one. */
function contentOf({ form, body }: Call) {
  if (form !== undefined) {
    const type = 'application/x-www-form-urlencoded';
    return { text: new URLSearchParams(form).toString(), headers: { 'content-type': type } };
  }
  if (body === undefined) return undefined;
  return { text: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
