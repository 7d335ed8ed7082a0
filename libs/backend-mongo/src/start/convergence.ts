import type { Database } from '../connection/database.js';
import type { Layout } from '../layout/layout.js';
import type { MongoNotice } from '../mongo.options.js';
import type { Marks } from './marks.js';
import { deriveAgain } from './take-over.js';

/** How often a service says that it is alive, and looks for what others derived, in ms. */
const EVERY = 20_000;

/** Brings documents of other schemas into the form of the one that came last, while all are served. */
export class Convergence {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly marks: Marks,
    private readonly report: (notice: MongoNotice) => void,
  ) {}

  start(): void {
    this.run(false);
    this.timer = setInterval(() => this.run(true), EVERY);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
    await this.marks.unregister().catch(() => undefined); // the lease ends by itself
  }

  /** Looks at every type once. */
  async step(): Promise<void> {
    for (const type of this.layout.types) {
      const others = await this.marks.others(type);
      if (this.stopped || others.length === 0 || !(await this.marks.isLatest(type))) continue;
      await deriveAgain(this.database, type, others, this.report);
      await this.marks.forget(type, others);
    }
  }

  private run(renew: boolean): void {
    this.running = this.running.then(async () => {
      try {
        if (this.stopped) return;
        if (renew) await this.marks.register();
        await this.step();
      } catch (cause) {
        const message = 'Documents of another schema could not be indexed anew yet.';
        this.report({ kind: 'upkeep', message, cause });
      }
    });
  }
}
