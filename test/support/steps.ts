import { Session } from 'node:inspector/promises';
import { sep } from 'node:path';

/** Code whose steps count: that of the product. */
const PRODUCT = /[/\\](?:apps[/\\]scim|libs[/\\][a-z-]+)[/\\]src[/\\](?!.*(?:testing|\.spec))/;
const LIBRARIES = `${sep}node_modules${sep}`;

/**
 * Counts what work costs without a clock: how often the blocks of the product's functions were run,
 * as the engine counts them for coverage. The same work has the same number, on any machine.
 */
export class StepCounter {
  private readonly session = new Session();

  static async start(): Promise<StepCounter> {
    const counter = new StepCounter();
    counter.session.connect();
    await counter.session.post('Profiler.enable');
    await counter.session.post('Profiler.startPreciseCoverage', {
      callCount: true,
      detailed: true,
    });
    return counter;
  }

  /** The steps of everything that runs until `work` is done, in files of these names. */
  async of(work: () => unknown, files = PRODUCT): Promise<number> {
    await this.taken(files);
    await work();
    return this.taken(files);
  }

  async stop(): Promise<void> {
    await this.session.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }

  /** The steps since the last call. */
  private async taken(files: RegExp): Promise<number> {
    const { result } = await this.session.post('Profiler.takePreciseCoverage');
    let steps = 0;
    for (const { url, functions } of result) {
      if (!files.test(url) || url.includes(LIBRARIES)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    }
    return steps;
  }
}
