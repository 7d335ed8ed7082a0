/** Milliseconds of work after which others have a turn. */
const LENGTH = 10;
/** Items that are gone through without a look at the clock. */
const AT_A_STRETCH = 2_000;

/** Long work that goes on when its turn comes. */
const waiting: (() => void)[] = [];

/**
 * Lets others have their turn: whatever is short, and then other long work. One piece of long work
 * goes on at a time, so that what is short waits for one slice, however many there are.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(goOn);
}

/** Long work in slices: what never waits for anything would give nobody else a turn until it is done. */
export class TimeSlice {
  private since = performance.now();

  get isOver(): boolean {
    return performance.now() - this.since > LENGTH;
  }

  /** Begins when others had their turn. */
  async next(): Promise<void> {
    await turn();
    this.since = performance.now();
  }
}

/** Goes through many items, and lets others have their turn in between. */
export async function* stretches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += AT_A_STRETCH) {
    if (start > 0) await turn();
    yield items.slice(start, start + AT_A_STRETCH);
  }
}
