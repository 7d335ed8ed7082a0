/**
 * How long ago something was, never less than it really is: a clock that is set back hides nothing
 * (the monotonic clock goes on), nor does a machine that was asleep (the system's clock tells). For
 * rights that end with time.
 */
export class Age {
  private readonly monotonic = performance.now();
  private readonly wall = Date.now();

  /** Milliseconds since it was made. */
  get ms(): number {
    return Math.max(performance.now() - this.monotonic, Date.now() - this.wall);
  }
}
