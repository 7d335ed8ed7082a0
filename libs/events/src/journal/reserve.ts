import { promises as fs } from 'node:fs';
import { join } from 'node:path';

/** Bytes; some hundred ends of writes that are under way when the disk gets full. */
export const RESERVE_BYTES = 256 * 1024;

/**
 * Room on the disk that is kept for what has to be written also when it is full: a change that was
 * committed, and the few lines that are left when all others can go.
 */
export class Reserve {
  private readonly path: string;
  /** One of an earlier run may be there. */
  private taken = true;

  constructor(folder: string) {
    this.path = join(folder, 'reserve');
  }

  get isTaken(): boolean {
    return this.taken;
  }

  /** Where there is no room for it, there is none to be had either. */
  async take(): Promise<void> {
    if (this.taken) return;
    try {
      await fs.writeFile(this.path, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
      this.taken = true;
    } catch {
      await fs.rm(this.path, { force: true });
    }
  }

  /** @returns whether that made room */
  async release(): Promise<boolean> {
    if (!this.taken) return false;
    this.taken = false;
    await fs.rm(this.path, { force: true });
    return true;
  }
}
