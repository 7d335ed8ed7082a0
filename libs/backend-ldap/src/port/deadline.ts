/** How often the silence that is allowed an operation may take in all, however much is said. */
const AT_MOST = 20;

/**
 * The end of patience: so many milliseconds in which nothing was heard, and a multiple of them in
 * all. What came while this process was busy is heard first.
 */
export class Deadline {
  private readonly begun = performance.now();
  private timer: NodeJS.Timeout;
  private over = false;

  constructor(
    private readonly silence: number,
    private readonly heard: () => number,
    private readonly onEnd: () => void,
  ) {
    this.timer = setTimeout(() => this.look(), silence);
  }

  clear(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private look(): void {
    // Between timers and immediates the event loop reads what has come.
    setImmediate(() => {
      if (this.over) return;
      const left = this.left();
      if (left <= 0) this.onEnd();
      else this.timer = setTimeout(() => this.look(), left);
    });
  }

  private left(): number {
    const now = performance.now();
    const last = Math.max(this.begun, this.heard());
    return Math.min(last + this.silence, this.begun + this.silence * AT_MOST) - now;
  }
}
