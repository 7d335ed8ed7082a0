import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from './logger.js';
import { StoreProbe } from './store-probe.js';

/** How often the store is asked while it is away, in ms. */
const EVERY = 2_000;

type State = 'well' | 'takes no writes' | 'does not answer';

/** Tells the log of an outage of the store when it begins and when it is over, and nothing between. */
@Injectable()
export class Outage implements OnApplicationShutdown {
  private state: State = 'well';
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly stores: StoreProbe,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * A request or a probe found the store unavailable. Resolves when the log knows.
   * @param error what a request met: it is logged where the store itself says that it is well
   */
  suspect(error?: unknown): Promise<void> {
    if (this.timer !== undefined) return Promise.resolve();
    return this.look(error);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private look(error?: unknown): Promise<void> {
    this.looking ??= this.ask(error).finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async ask(err: unknown): Promise<void> {
    clearTimeout(this.timer);
    const found = await this.find();
    this.note(found.state, found.error);
    if (found.state === 'well' && err !== undefined) {
      this.logger.warn({ err }, 'the data store failed a request, and is well');
    }
    // A store that answers has its say for a while too: one slow row is no outage for each request.
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.state !== 'well') void this.look();
    }, EVERY).unref();
  }

  private async find(): Promise<{ readonly state: State; readonly error?: unknown }> {
    try {
      await this.stores.check();
    } catch (error) {
      return { state: 'does not answer', error };
    }
    try {
      await this.stores.checkWrites();
      return { state: 'well' };
    } catch (error) {
      return { state: 'takes no writes', error };
    }
  }

  private note(state: State, err: unknown): void {
    if (state === this.state) return;
    const seconds = Math.round((performance.now() - this.since) / 1000);
    if (this.state === 'well') this.since = performance.now();
    this.state = state;
    if (state === 'well') this.logger.info({ seconds }, 'the data store is well again');
    else this.logger.warn({ err }, `the data store ${state}`);
  }
}
