import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { BackendError } from '#backend';
import type { Place } from '../place/place.js';
import type { Terminal } from '../terminal/terminal.js';
import { inParallel } from './in-parallel.js';
import type { Job, Pass } from './job.js';
import type { Prepare } from './prepare.js';
import { Receiver } from './receiver.js';
import { reportLine } from './refusal.js';
import { Relating } from './relating.js';
import { isMisfit, type Source } from './source.js';

export interface TransferOptions {
  readonly source: Source;
  readonly place: Place;
  readonly job: Job;
  readonly prepare: Prepare;
  readonly update: boolean;
  readonly dryRun: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** What a transfer came to. */
export interface Summary {
  created: number;
  updated: number;
  unchanged: number;
  /** Passed over since an earlier run had done them. */
  resumed: number;
  /** Lines of the report, of all runs together. */
  refused: number;
  /** Elements of relations. */
  elementsAdded: number;
  elementsRemoved: number;
}

/** Resources under way at once. */
const AT_ONCE = 8;
/** Resources whose relations are under way at once: one may be large. */
const RELATED_AT_ONCE = 2;

/**
 * Brings everything of a source to a place: first the resources, of one type after the other where the
 * source has them so, then what relates them, so that nothing has to be there before something else.
 * @throws BackendError `unavailable`, or the signal's reason; the job can be taken up again then
 */
export async function transfer(options: TransferOptions): Promise<Summary> {
  const { source, job, dryRun } = options;
  const summary: Summary = {
    created: 0,
    updated: 0,
    unchanged: 0,
    resumed: 0,
    refused: 0,
    elementsAdded: 0,
    elementsRemoved: 0,
  };
  const receiver = new Receiver(options);
  await pass(options, 'resources', source.resources(), AT_ONCE, summary, async (item) => {
    if (isMisfit(item)) {
      return [
        reportLine(
          { code: 'invalidSyntax', message: item.problem },
          item.resource ?? { at: item.key },
        ),
      ];
    }
    if (item.onlyRelations) return [];
    const outcome = await receiver.receive(item);
    if (typeof outcome !== 'string') return [reportLine(outcome, item.resource)];
    summary[outcome]++;
    return [];
  });
  if (!dryRun) {
    const relating = new Relating({ ...options, exact: options.update });
    await pass(options, 'relations', source.related(), RELATED_AT_ONCE, summary, async (item) => {
      const { added, removed, refused } = await relating.relate(item);
      summary.elementsAdded += added;
      summary.elementsRemoved += removed;
      return refused.map(({ refusal, resource }) => reportLine(refusal, resource));
    });
  }
  return { ...summary, refused: job.refusedCount };
}

async function pass<T extends { readonly key: string }>(
  { source, place, job, terminal, signal }: TransferOptions,
  name: Pass,
  items: AsyncIterable<T>,
  most: number,
  summary: Summary,
  task: (item: T) => Promise<readonly string[]>,
): Promise<void> {
  // What came of a creation that was cut off is known only by an id that was given.
  const patient = place.backend.supports.ids === 'given' ? repeated(signal) : once;
  const progress = terminal.progress(name);
  progress.start(name === 'resources' && terminal.isInteractive ? await source.count() : undefined);
  try {
    await inParallel(items, most, signal, async (item) => {
      if (job.isPassed(name, item.key)) summary.resumed += name === 'resources' ? 1 : 0;
      else {
        const lines = await patient(() => task(item));
        for (const line of lines) job.refuse(line);
        job.pass(name, item.key);
      }
      progress.advance();
    });
  } finally {
    job.commit();
    progress.stop();
  }
}

type Attempt = <T>(task: () => Promise<T>) => Promise<T>;

const once: Attempt = (task) => task();

/** A store that does not answer for a moment is asked again, for some ten seconds. */
function repeated(signal: AbortSignal): Attempt {
  const away = (error: Error) => error instanceof BackendError && error.code === 'unavailable';
  const backoff = new ExponentialBackoff({ initialDelay: 500, maxDelay: 5_000 });
  const policy = retry(handleWhen(away), { maxAttempts: 4, backoff });
  return (task) => policy.execute(task, signal);
}
