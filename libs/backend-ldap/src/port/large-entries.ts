import type { Entry } from './directory.js';

/** Octets of an answer from which on others would have to wait for it. */
const LARGE = 256 * 1024;
/** Names that are remembered, the latest ones. */
const REMEMBERED = 1_000;

/** Which entries were long to read the last time. */
export class LargeEntries {
  private readonly names = new Set<string>();

  has(dn: string): boolean {
    return this.names.has(dn);
  }

  /** Notes how long the answer was. */
  observe(dn: string, entry: Entry | undefined): void {
    if (entry === undefined || sizeOf(entry) < LARGE) {
      this.names.delete(dn);
      return;
    }
    this.names.delete(dn);
    this.names.add(dn);
    for (const oldest of this.names) {
      if (this.names.size <= REMEMBERED) return;
      this.names.delete(oldest);
    }
  }
}

function sizeOf({ attributes }: Entry): number {
  let size = 0;
  for (const values of attributes.values()) for (const value of values) size += value.length;
  return size;
}
