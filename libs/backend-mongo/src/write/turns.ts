import { BackendError } from '#backend';

/**
 * One after another for each key: writers of one resource queue in the service, and neither collide
 * in the database nor hold connections while they wait.
 */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** @param patience how long to wait for a turn, in ms */
  constructor(private readonly patience: number) {}

  /** @throws BackendError `unavailable` when its turn did not come in time */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.patience;
    const before = this.last.get(key) ?? Promise.resolve();
    const turn = before.then(() => {
      if (performance.now() > deadline) throw tooBusy();
      return work();
    });
    const settled = turn.catch(() => undefined);
    this.last.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}

function tooBusy(): BackendError {
  const message = 'The resource is being changed by too many at the moment.';
  return new BackendError('unavailable', message, { retryAfter: 2 });
}
