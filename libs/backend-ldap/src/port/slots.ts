import { type Connection, Unreachable } from './directory.js';

/** Places of connections, each for whoever wants one, or for one at a time. */
export class Slots {
  private readonly slots: readonly Slot[];
  private readonly waiting: ((slot: Slot) => void)[] = [];
  /** When somebody was served last, in milliseconds of a clock that is never set. */
  private served = performance.now();

  constructor(
    size: number,
    open: () => Promise<Connection>,
    /** Milliseconds that somebody waits while nobody before is done. */
    private readonly patience: number,
  ) {
    this.slots = Array.from({ length: size }, () => new Slot(open));
  }

  /** The connection that has the least to do, shared with others. */
  leastLoaded(): Promise<Connection> {
    return this.slots.reduce((best, slot) => (slot.load < best.load ? slot : best)).connection();
  }

  /** Has a connection for itself, in the order of coming. */
  async alone<T>(action: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = await this.take();
    try {
      return await action(slot);
    } finally {
      this.giveBack(slot);
    }
  }

  async take(): Promise<Slot> {
    const free = this.slots.find((slot) => !slot.taken);
    if (free === undefined) return this.wait();
    free.taken = true;
    return free;
  }

  giveBack(slot: Slot): void {
    this.served = performance.now();
    const next = this.waiting.shift();
    if (next === undefined) slot.taken = false;
    else next(slot);
  }

  touch(): void {
    for (const slot of this.slots) slot.touch();
  }

  close(): void {
    for (const slot of this.slots) slot.close();
  }

  private wait(): Promise<Slot> {
    const since = performance.now();
    return new Promise((resolve, reject) => {
      const look = () => {
        const left = Math.max(since, this.served) + this.patience - performance.now();
        if (left > 0) {
          timer = setTimeout(look, left);
          return;
        }
        this.waiting.splice(this.waiting.indexOf(got), 1);
        reject(new Unreachable('too many searches at once', false));
      };
      let timer = setTimeout(look, this.patience);
      const got = (slot: Slot) => {
        clearTimeout(timer);
        resolve(slot);
      };
      this.waiting.push(got);
    });
  }
}

/** The place of a connection, with one in it or not. */
export class Slot {
  /** Whether somebody has it for itself; others may still send single operations. */
  taken = false;
  private opening: Promise<Connection> | undefined;
  private current: Connection | undefined;

  constructor(private readonly open: () => Promise<Connection>) {}

  get load(): number {
    const busy = this.taken ? 1 : 0;
    return busy + (this.current?.usable ? this.current.load : 1);
  }

  async connection(): Promise<Connection> {
    if (this.current?.usable) return this.current;
    this.opening ??= this.open().finally(() => {
      this.opening = undefined;
    });
    this.current = await this.opening;
    return this.current;
  }

  /** Asks an idle connection for the root entry, so that nobody between takes it for dead. */
  touch(): void {
    const connection = this.current;
    if (!connection?.usable || connection.load > 0) return;
    connection.search({ base: '', scope: 'base', attributes: ['1.1'] }).catch(() => undefined);
  }

  close(): void {
    this.current?.close();
  }
}
