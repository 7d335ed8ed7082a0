/** The right to publish, among relays of one process, by a clock that nobody sets. */
export class Lease {
  private holder: string | undefined;
  private until = 0;

  /** @returns false while another holder has it */
  take(holder: string, milliseconds: number, now = performance.now()): boolean {
    if (this.holder !== undefined && this.holder !== holder && now < this.until) return false;
    this.holder = holder;
    this.until = now + milliseconds;
    return true;
  }

  release(holder: string): void {
    if (this.holder === holder) this.holder = undefined;
  }
}
