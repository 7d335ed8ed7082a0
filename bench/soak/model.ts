/** What an answer must not say, whatever happened at the same time. */
export class Violation extends Error {}

/** Order of everything that begins or ends here; a read remembers when it began. */
let clock = 0;
export function now(): number {
  clock += 1;
  return clock;
}

interface Write<T> {
  readonly value: T;
  readonly start: number;
  /** When it had happened for certain: it was answered, or somebody saw it. */
  end: number;
}

/**
 * A linearizable register with one writer and any readers: a read tells what the last finished write
 * wrote, or what a write at the same time writes, and nothing older than another read told before.
 */
export class Register<T> {
  private readonly writes: Write<T>[];

  constructor(
    private readonly name: string,
    initial: T,
  ) {
    this.writes = [{ value: initial, start: 0, end: 0 }];
  }

  /** What was written last, by the only one who writes. */
  get value(): T | undefined {
    return this.writes.at(-1)?.value;
  }

  /** Runs the write, which has to have happened when it resolves. */
  async write<R>(value: T, happen: () => Promise<R>): Promise<R> {
    const write = { value, start: now(), end: Number.POSITIVE_INFINITY };
    this.writes.push(write);
    const result = await happen();
    write.end = Math.min(write.end, now());
    return result;
  }

  /** A write that began at `start` and has just been answered. */
  wrote(value: T, start: number): void {
    this.writes.push({ value, start, end: now() });
  }

  /**
   * A read that began at `start` and ends now told `value`.
   * @throws Violation when no order of what happened explains that
   */
  saw(value: T, start: number): void {
    const last = this.writes.findLastIndex(({ end }) => end < start);
    const possible = this.writes.slice(Math.max(0, last));
    const matching = possible.filter((write) => write.value === value);
    if (matching.length === 0) {
      const values = possible.map((write) => JSON.stringify(write.value)).join(' or ');
      throw new Violation(
        `${this.name}: ${JSON.stringify(value)} was told, which has to be ${values}`,
      );
    }
    // It cannot be untold: reads that begin from here on tell this write or a later one.
    const [only] = matching;
    if (matching.length === 1 && only !== undefined) only.end = Math.min(only.end, now());
  }
}

/**
 * A number that many raise by one, each only from the version that it read (If-Match): every number
 * is reached once, and nobody is told a smaller one after a larger one.
 */
export class Counter {
  private confirmed = 0;
  private attempted = 0;
  private readonly reached = new Set<number>();
  private readonly versions = new Map<string, number>();

  constructor(private readonly name: string) {}

  /** The least that a read which begins now has to tell. */
  floor(): number {
    return this.confirmed;
  }

  attempt(value: number): void {
    this.attempted = Math.max(this.attempted, value);
  }

  /** @throws Violation when somebody else had raised it to this number: one of the two is lost */
  raised(value: number): void {
    if (this.reached.has(value)) throw new Violation(`${this.name}: ${value} was reached twice`);
    this.reached.add(value);
    this.confirmed = Math.max(this.confirmed, value);
  }

  /** @throws Violation when that is older than what was known, or was never written */
  saw(value: number, floor: number): void {
    if (!(value >= floor && value <= this.attempted)) {
      throw new Violation(
        `${this.name}: ${value} was told, between ${floor} and ${this.attempted}`,
      );
    }
    this.confirmed = Math.max(this.confirmed, value);
  }

  /** @throws Violation when the version stood for another number before */
  versioned(version: string, value: number): void {
    const before = this.versions.get(version) ?? value;
    this.versions.set(version, value);
    if (before !== value) {
      throw new Violation(`${this.name}: ${version} stands for ${before} and for ${value}`);
    }
  }
}
