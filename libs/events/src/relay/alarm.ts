/** What may end a wait: `stop` always does, `wake` only a wait for it. */
export type Signal = 'wake' | 'stop';

/** A wait that can be cut short. A ring that comes while nobody waits ends the next wait for it. */
export class Alarm {
  private rung = new Set<Signal>();
  private waiting: { readonly for: Signal; end(): void } | undefined;

  ring(signal: Signal): void {
    const waiting = this.waiting;
    if (waiting !== undefined && (signal === 'stop' || waiting.for === signal)) waiting.end();
    else this.rung.add(signal);
  }

  wait(milliseconds: number, signal: Signal): Promise<void> {
    if (this.rung.has('stop')) return Promise.resolve();
    if (this.rung.delete(signal)) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.waiting = { for: signal, end };
    });
  }
}
