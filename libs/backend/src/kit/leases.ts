import { setTimeout as delay } from 'node:timers/promises';

/** Ms. */
const LEASE = 30_000;
const POLL = 250;

/** Leases that a store keeps, by the clock of its server: whoever dies loses them in time. */
export abstract class Leases {
  /** Takes or renews. @returns false while another holder has it */
  abstract take(name: string, holder: string, milliseconds: number): Promise<boolean>;

  abstract release(name: string, holder: string): Promise<void>;

  /** Runs `work` while nobody else does; waits until those who do are done. */
  async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const holder = crypto.randomUUID();
    while (!(await this.take(name, holder, LEASE))) await delay(POLL);
    const renewal = setInterval(() => {
      this.take(name, holder, LEASE).catch(() => undefined); // the work itself meets the same error
    }, LEASE / 4);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await this.release(name, holder);
    }
  }
}
