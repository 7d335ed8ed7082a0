/**
 * Keeps the smallest `capacity` of all that is pushed and forgets the rest: the page at offset o of
 * limit l out of a million resources takes memory for o + l of them.
 */
export class Smallest<T> {
  /** A binary heap with the greatest at the root. */
  private readonly heap: T[] = [];

  constructor(
    private readonly capacity: number,
    private readonly compare: (a: T, b: T) => number,
  ) {}

  push(item: T): void {
    if (this.heap.length < this.capacity) {
      this.heap.push(item);
      this.up(this.heap.length - 1);
      return;
    }
    const greatest = this.heap[0];
    if (greatest === undefined || this.compare(item, greatest) >= 0) return;
    this.heap[0] = item;
    this.down(0);
  }

  get full(): boolean {
    return this.heap.length >= this.capacity;
  }

  /** What was kept, smallest first. */
  sorted(): T[] {
    return [...this.heap].sort(this.compare);
  }

  private up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfGreater(at, parent)) return;
      at = parent;
    }
  }

  private down(start: number): void {
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      const greater = this.greater(left, left + 1);
      if (!this.swapIfGreater(greater, at)) return;
      at = greater;
    }
  }

  /** Which of two indexes holds the greater item; one beyond the end is never greater. */
  private greater(left: number, right: number): number {
    const a = this.heap[left];
    const b = this.heap[right];
    return a !== undefined && b !== undefined && this.compare(b, a) > 0 ? right : left;
  }

  private swapIfGreater(child: number, parent: number): boolean {
    const a = this.heap[child];
    const b = this.heap[parent];
    if (a === undefined || b === undefined || this.compare(a, b) <= 0) return false;
    this.heap[child] = b;
    this.heap[parent] = a;
    return true;
  }
}
