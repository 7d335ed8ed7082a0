import { join } from 'node:path';
import {
  BackendError,
  type EventRecord,
  type OutboxEntry,
  type OutboxMeasure,
  type OutboxStore,
} from '#backend';
import { FolderLock, preparePrivateFolders } from '#durable';
import { JOURNAL_DEFAULTS, type JournalOptions } from './journal.options.js';
import { encodeLine, type Intent, type JournalLine } from './journal-line.js';
import { Lease } from './lease.js';
import { RESERVE_BYTES } from './reserve.js';
import { type Location, SegmentLog } from './segment-log.js';

/** An entry that waits, without its contents: those stay on the disk. */
interface Waiting {
  readonly id: string;
  readonly sequence: number;
  readonly recordedAt: string;
  at: Location;
}

interface Parked extends Waiting {
  /** Undefined while its line is being written. */
  reasonAt: Location | undefined;
}

interface OpenIntent {
  readonly intent: Intent;
  at: Location;
}

/** How long a client should wait when the journal is full or the disk is, in seconds. */
const RETRY_AFTER = 30;
/** How long to wait for a process that uses the folder and may be about to end, in ms. */
const PATIENCE = 10_000;
/** How often room is looked for while there is none, in ms. */
const TRY_EVERY = 500;

/**
 * The outbox of stores without transactions: what is about to be written (the intent) is on the
 * disk before it is written, and what came of it (the entries) follows. An intent without an end
 * is one whose outcome is not known; the store tells it (see `settle.ts`).
 */
export class Journal implements OutboxStore {
  private readonly log: SegmentLog;
  private readonly lock: FolderLock;
  private readonly relayLease = new Lease();
  private readonly maxBytes: number;
  private readonly segmentBytes: number;
  private readonly intents = new Map<string, OpenIntent>();
  private readonly pending = new Map<string, Waiting>();
  private readonly parked = new Map<string, Parked>();
  private sequence = 0;
  private liveBytes = 0;
  private triedAt = Number.NEGATIVE_INFINITY;
  private compacting: Promise<void> | undefined;

  constructor(private readonly options: JournalOptions) {
    this.maxBytes = options.maxBytes ?? JOURNAL_DEFAULTS.maxBytes;
    this.segmentBytes = options.segmentBytes ?? JOURNAL_DEFAULTS.segmentBytes;
    this.log = new SegmentLog(options.folder, this.segmentBytes);
    this.lock = new FolderLock({
      path: join(options.folder, 'lock'),
      patience: PATIENCE,
      ...(options.lock ?? {}),
      refusal: (who) => `The event journal ${options.folder} is in use by ${who}.`,
    });
  }

  /**
   * Reads what earlier runs left.
   * @throws Error if another process uses the folder, or it cannot be used
   */
  async open(): Promise<void> {
    await preparePrivateFolders(this.options.folder, [], {
      title: 'The folder of the event journal',
      setting: 'AMQP_JOURNAL_PATH',
    });
    await this.log.prepare();
    await this.lock.acquire();
    try {
      await this.load();
    } catch (error) {
      await this.lock.release();
      throw error;
    }
  }

  private async load(): Promise<void> {
    await this.log.open(
      (line, at) => this.take(line, at),
      (file, lines) =>
        this.options.report?.(
          `The event journal ${file} has ${lines} damaged line(s). Events in them are lost; a copy ` +
            'of the file is kept beside it.',
        ),
    );
    await this.compact().catch(() => undefined); // a full disk; it is tried again later
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.lock.release();
  }

  /** Intents whose end is not known, in order. */
  get openIntents(): readonly Intent[] {
    return [...this.intents.values()].map(({ intent }) => intent);
  }

  /** Resolves when changes can be recorded. @throws BackendError `unavailable` */
  async ready(): Promise<void> {
    await this.mine();
    await this.makeRoom();
  }

  /**
   * Says what is about to be written; on the disk when this resolves.
   * @throws BackendError `unavailable` if there is no room; nothing may be written then
   */
  async begin(intent: Intent): Promise<void> {
    await this.ready();
    try {
      await this.append([{ kind: 'intent', intent }], { durable: true });
    } catch (cause) {
      throw unavailable('Changes cannot be recorded at the moment; try again later.', cause);
    }
  }

  /**
   * Ends an intent with the events that its write led to, in order. Their ids follow from the
   * intent's, so that an end that a crash swallowed is the same when it is found again.
   * @returns when the events can be read; a crash before that is settled at the next start
   */
  async end(intent: Intent, records: readonly EventRecord[]): Promise<void> {
    const recordedAt = new Date().toISOString();
    const lines: JournalLine[] = records.map((record) => {
      const entry: OutboxEntry = {
        id: entryId(intent, record),
        sequence: ++this.sequence,
        record,
        recordedAt,
      };
      return { kind: 'entry', entry };
    });
    lines.push({ kind: 'end', intent: intent.id });
    await this.append(lines, { required: true, durable: false });
  }

  /** An instance that stood still and lost the folder publishes nothing: whoever has it does. */
  async lease(holder: string, milliseconds: number): Promise<boolean> {
    return (await this.isMine()) && this.relayLease.take(holder, milliseconds);
  }

  async release(holder: string): Promise<void> {
    this.relayLease.release(holder);
  }

  async read(limit: number): Promise<readonly OutboxEntry[]> {
    const waiting: Waiting[] = [];
    for (const one of this.pending.values()) {
      if (waiting.length === limit) break;
      waiting.push(one);
    }
    const lines = await this.log.read(() => waiting.map(({ at }) => at));
    return lines.flatMap((line) => (line.kind === 'entry' ? [line.entry] : []));
  }

  async done(ids: readonly string[]): Promise<void> {
    const line: JournalLine = { kind: 'done', ids };
    this.take(line, undefined);
    // If a crash swallows it, they are announced again under the same ids. A full disk must not
    // keep the relay from emptying the journal.
    this.append([line], { required: true, durable: false }).catch(() => undefined);
    if (this.isWasteful() || this.log.isFull) await this.compact().catch(() => undefined);
  }

  async park(id: string, reason: string): Promise<void> {
    const line: JournalLine = { kind: 'parked', id, reason };
    this.take(line, undefined);
    this.append([line], { required: true, durable: true }).catch(() => undefined);
  }

  async measure(): Promise<OutboxMeasure> {
    const [oldest] = this.pending.values();
    return {
      // A write that was answered may still be an intent: it is owed all the same.
      pending: this.pending.size + this.intents.size,
      ...(oldest === undefined ? {} : { oldest: oldest.recordedAt }),
      parked: this.parked.size,
    };
  }

  private append(
    lines: readonly JournalLine[],
    options: { required?: boolean; durable?: boolean },
  ): Promise<void> {
    return this.log.append(lines.map(encodeLine), options, (located) => {
      for (const [index, line] of lines.entries()) this.take(line, located[index]);
    });
  }

  /** What is written to a folder of another process would be read by nobody. */
  private async mine(): Promise<void> {
    let mine: boolean;
    try {
      mine = await this.isMine();
    } catch (cause) {
      throw unavailable('The event journal cannot be reached; try again later.', cause);
    }
    if (mine) return;
    throw unavailable('Another process has taken over the event journal.', undefined);
  }

  private async isMine(): Promise<boolean> {
    return (await this.lock.look()) === 'ours';
  }

  private async makeRoom(): Promise<void> {
    if (this.hasRoom()) return;
    const now = performance.now();
    if (now - this.triedAt >= TRY_EVERY) {
      this.triedAt = now;
      await this.compact().catch(() => undefined);
    }
    if (this.hasRoom()) return;
    throw unavailable('Too many changes wait for being published; try again later.', undefined);
  }

  /** What a line means, now or when it is read again. */
  private take(line: JournalLine, at: Location | undefined): void {
    switch (line.kind) {
      case 'intent':
        if (at !== undefined && this.grow(this.intents.get(line.intent.id), at)) {
          this.intents.set(line.intent.id, { intent: line.intent, at });
        }
        return;
      case 'end':
        this.shrink(this.intents.get(line.intent)?.at);
        this.intents.delete(line.intent);
        return;
      case 'entry': {
        const { id, sequence, recordedAt } = line.entry;
        this.sequence = Math.max(this.sequence, sequence);
        const known = this.pending.get(id) ?? this.parked.get(id);
        if (at === undefined || !this.grow(known, at)) return;
        this.pending.set(id, { id, sequence, recordedAt, at });
        return;
      }
      case 'done':
        for (const id of line.ids) {
          this.shrink(this.pending.get(id)?.at);
          this.pending.delete(id);
        }
        return;
      case 'parked': {
        const waiting = this.pending.get(line.id);
        const parked = this.parked.get(line.id) ?? (waiting && { ...waiting, reasonAt: undefined });
        if (parked === undefined || parked.reasonAt !== undefined) return;
        this.pending.delete(line.id);
        this.parked.set(line.id, { ...parked, reasonAt: at });
        this.liveBytes += at?.length ?? 0;
        return;
      }
      default:
        throw new Error(`unknown line ${JSON.stringify(line satisfies never)}`);
    }
  }

  /** @returns false if it is a copy of what is known already */
  private grow(known: unknown, at: Location): boolean {
    if (known !== undefined) return false;
    this.liveBytes += at.length;
    return true;
  }

  private shrink(at: Location | undefined): void {
    this.liveBytes -= at?.length ?? 0;
  }

  private hasRoom(): boolean {
    return this.log.size < this.maxBytes && !this.log.isFull;
  }

  private isWasteful(): boolean {
    return this.log.size > this.segmentBytes && this.liveBytes < this.log.size / 2;
  }

  /** Drops the files whose contents are over, and copies what is not. */
  private async compact(): Promise<void> {
    await this.mine(); // it removes files
    this.compacting ??= this.log
      .compact(
        () => this.live().map(({ at }) => at),
        () => this.isWasteful() || (this.log.isFull && this.liveBytes < RESERVE_BYTES / 2),
        (from, to) => {
          this.moves.get(key(from))?.(to);
        },
      )
      .finally(() => {
        this.compacting = undefined;
        this.moves.clear();
      });
    await this.compacting;
  }

  private readonly moves = new Map<string, (to: Location) => void>();

  /** Every line that is still needed, intents first, entries in order. */
  private live(): readonly { readonly at: Location }[] {
    this.moves.clear();
    const live: { at: Location }[] = [];
    const add = (at: Location, move: (to: Location) => void) => {
      live.push({ at });
      this.moves.set(key(at), move);
    };
    for (const open of this.intents.values()) {
      add(open.at, (to) => {
        open.at = to;
      });
    }
    const parked = [...this.parked.values()];
    for (const one of [...this.pending.values(), ...parked].sort(bySequence)) {
      add(one.at, (to) => {
        one.at = to;
      });
    }
    for (const one of parked) {
      if (one.reasonAt === undefined) continue;
      add(one.reasonAt, (to) => {
        one.reasonAt = to;
      });
    }
    return live;
  }
}

function bySequence(a: Waiting, b: Waiting): number {
  return a.sequence - b.sequence;
}

function key({ segment, offset }: Location): string {
  return `${segment}:${offset}`;
}

/** The event of the write itself has the intent's id; those of other resources are told apart. */
function entryId(intent: Intent, { operation, type, id }: EventRecord): string {
  const own =
    operation === intent.operation &&
    type === intent.type &&
    (intent.resource === undefined || intent.resource === id);
  return own ? intent.id : `${intent.id}/${type}/${id}`;
}

function unavailable(message: string, cause: unknown): BackendError {
  return new BackendError('unavailable', message, { retryAfter: RETRY_AFTER, cause });
}
