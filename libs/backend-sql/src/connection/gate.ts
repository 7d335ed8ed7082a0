import { BackendError } from '#backend';

/** Lets so many in at once; the others wait their turn, but not for ever. */
export class Gate {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(
    places: number,
    private readonly patience: number,
  ) {
    this.free = places;
  }

  /** @throws BackendError `unavailable` when no place was free in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }

  private async enter(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(
          new BackendError('unavailable', 'The database is too busy at the moment.', {
            retryAfter: 2,
          }),
        );
      }, this.patience);
      this.waiting.push(enter);
    });
  }
}
