import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Age } from './age.js';
import { type FoundLock, type Holder, LockFile } from './lock-file.js';
import { isAlive, ownIdentity } from './process-identity.js';
import { within } from './within.js';

export interface FolderLockOptions {
  /** The lock's file, in a folder that exists. */
  readonly path: string;
  /** How often its holder shows that it is there, in ms. Default 2 s. */
  readonly heartbeatEvery?: number;
  /**
   * How long the lock of a process that cannot be looked for (another machine or container) must
   * lie there unchanged, before our eyes, until it is taken over, in ms. Default 30 s.
   */
  readonly abandonedAfter?: number;
  /** How long to wait for a process that runs, as it may be about to end, in ms. Default 0. */
  readonly patience?: number;
  /** What to say where another process has the folder, e.g. `process 12 on web-1`. */
  readonly refusal: (who: string) => string;
}

/** Whose lock lies in the folder. */
export type Tenure = 'ours' | 'missing' | 'another';

export const FOLDER_LOCK_DEFAULTS = {
  heartbeatEvery: 2_000,
  abandonedAfter: 30_000,
  patience: 0,
} as const;

/**
 * Heartbeats after which the lock of our own host's name is taken over, if nothing refreshes it: a
 * container that was killed and started again keeps its name.
 */
const MISSED_BY_OUR_HOST = 3;

/** Heartbeats for which a look at the lock is good: fewer than anybody waits before taking it. */
const CERTAIN_FOR = 2;

/** How long the folder has to answer a look, in ms. */
const LOOK_LIMIT = 5_000;

/**
 * One process per folder. The lock names the process. Whether that process still runs is looked up
 * where its pid means something (same boot of the same machine, same container); elsewhere by
 * whether the lock is refreshed while we watch, since no two machines' clocks agree.
 *
 * A process may stand still for so long that its lock is taken: so whoever holds it asks `look()`
 * before doing what must not be done without it, unless it is `certain`.
 */
export class FolderLock {
  private readonly file: LockFile;
  private readonly holder: Holder = { ...ownIdentity(), token: randomUUID() };
  private readonly settings: Required<FolderLockOptions>;
  private heartbeat: NodeJS.Timeout | undefined;
  private refreshed: Age | undefined;
  private looking: Promise<Tenure> | undefined;
  private beating = false;

  constructor(options: FolderLockOptions) {
    this.settings = { ...FOLDER_LOCK_DEFAULTS, ...options };
    this.file = new LockFile(options.path);
  }

  /**
   * Takes the lock, and refreshes it from now on. May watch the lock of another process for a while.
   * @throws Error with the `refusal`, or a system error
   */
  async acquire(): Promise<void> {
    const since = performance.now();
    let watched: Watched | undefined;
    const patient = () => performance.now() - since < this.settings.patience;
    for (;;) {
      const taken = new Age();
      if (await this.inTime(this.file.create(this.holder))) {
        this.refreshed = taken;
        break;
      }
      const found = await this.inTime(this.file.read());
      if (found === undefined) continue; // released this moment
      watched = watch(found, watched);
      const state = this.judge(found, watched);
      if (state === 'stale') await this.file.clear(found.text);
      else if (state === 'held' && !patient()) {
        const { holder } = found;
        const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
        throw new Error(this.settings.refusal(who));
      } else await delay(Math.min(100, this.settings.heartbeatEvery / 4));
    }
    this.heartbeat = setInterval(() => void this.beat(), this.settings.heartbeatEvery).unref();
  }

  private inTime<T>(task: Promise<T>): Promise<T> {
    const folder = dirname(this.settings.path);
    const late = `The folder ${folder} does not answer for ${LOOK_LIMIT / 1000} seconds: look at the disk or the network that it is on.`;
    return within(LOOK_LIMIT, task, late);
  }

  /**
   * Whether the lock was seen to be ours so short a time ago that nobody can have taken it. A
   * process that stood still is not certain when it wakes, whatever was done to its clock.
   */
  get certain(): boolean {
    const { heartbeatEvery } = this.settings;
    return this.refreshed !== undefined && this.refreshed.ms < CERTAIN_FOR * heartbeatEvery;
  }

  /** Reads the lock. @throws system errors but for missing files, and Error if nothing answers */
  look(): Promise<Tenure> {
    // A folder that hangs is asked once, not once for each request.
    this.looking ??= this.read().finally(() => {
      this.looking = undefined;
    });
    return within(LOOK_LIMIT, this.looking, 'the folder does not answer');
  }

  /** Lets go of the lock if it is still ours. */
  async release(): Promise<void> {
    if (this.heartbeat === undefined) return;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
    this.refreshed = undefined;
    if ((await this.look().catch(() => 'missing')) === 'ours') await this.file.remove();
  }

  private async read(): Promise<Tenure> {
    const found = await this.file.read();
    if (found === undefined) return 'missing';
    return found.holder?.token === this.holder.token ? 'ours' : 'another';
  }

  /** What fails here is told to whoever asks for the lock. */
  private async beat(): Promise<void> {
    if (this.beating) return;
    this.beating = true;
    const started = new Age();
    try {
      if ((await this.look()) !== 'ours' || this.heartbeat === undefined) return;
      await this.file.touch();
      this.refreshed = started;
    } catch {
    } finally {
      this.beating = false;
    }
  }

  private judge(
    { holder, dev, ino }: FoundLock,
    { since, refreshed }: Watched,
  ): 'held' | 'stale' | 'unclear' {
    const alive = holder && isAlive(holder, this.holder);
    const known = alive !== undefined;
    const { file, host } = holder ?? {};
    // A copy of a folder has a copy of the lock, which nobody refreshes.
    const copied = file !== undefined && (file.ino !== ino || (known && file.dev !== dev));
    if (alive === false) return 'stale';
    if (refreshed || (alive && !copied)) return 'held';
    const { heartbeatEvery, abandonedAfter } = this.settings;
    const soon = copied || host === this.holder.host;
    const limit = soon ? MISSED_BY_OUR_HOST * heartbeatEvery : abandonedAfter;
    return performance.now() - since > limit ? 'stale' : 'unclear';
  }
}

/** A lock that we look at again and again. */
interface Watched {
  readonly text: string;
  readonly mtimeMs: number;
  /** When it was first seen like that, by the monotonic clock. */
  readonly since: number;
  /** Whether it changed before our eyes. */
  readonly refreshed: boolean;
}

function watch({ text, mtimeMs }: FoundLock, before: Watched | undefined): Watched {
  const same = before?.text === text;
  if (same && before.mtimeMs === mtimeMs) return before;
  return { text, mtimeMs, since: performance.now(), refreshed: same };
}
