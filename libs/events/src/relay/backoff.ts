/** Waits that double from failure to failure, up to a limit, with a random part. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly first: number,
    private readonly most: number,
    private readonly random: () => number = Math.random,
  ) {}

  reset(): void {
    this.failures = 0;
  }

  /** Milliseconds to wait after one more failure: between half of the doubled time and all of it. */
  next(): number {
    const full = Math.min(this.most, this.first * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 30);
    return full / 2 + (full / 2) * this.random();
  }
}
