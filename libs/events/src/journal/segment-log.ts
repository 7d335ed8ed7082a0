import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { Serial, syncFolder } from '#durable';
import { decodeLine, type JournalLine } from './journal-line.js';
import { Reserve } from './reserve.js';

/** Where a line is. */
export interface Location {
  readonly segment: number;
  readonly offset: number;
  /** Bytes, newline included. */
  readonly length: number;
}

/** Lines to be written together. */
interface Batch {
  readonly lines: readonly string[];
  /** A line that must not be lost is tried again for as long as it takes. */
  readonly required: boolean;
  readonly durable: boolean;
  /** Called as part of the write, before anything else can happen to the files. */
  written(locations: readonly Location[]): void;
  reject(error: unknown): void;
}

/** Told of a file that does not read as it was written. */
export type ReportDamage = (file: string, lines: number) => void;

const RETRY_MS = 500;
const READ_BYTES = 256 * 1024;
const NAME = /^(\d{8})\.log$/;

/**
 * Append-only files of checksummed lines. Writers that come while the disk is busy share the next
 * write and its fsync. A file that was written before the start is only read: what a crash tore off
 * at its end stays unread, and goes with the file.
 */
export class SegmentLog {
  private readonly handles = new Map<number, fs.FileHandle>();
  private readonly sizes = new Map<number, number>();
  private queue: Batch[] = [];
  private queuedBytes = 0;
  private active = 0;
  /** One at a time: appends, reads and compaction never meet. */
  private readonly serial = new Serial();
  private flushing = false;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  private readonly reserve: Reserve;

  constructor(
    private readonly folder: string,
    private readonly segmentBytes: number,
  ) {
    this.reserve = new Reserve(folder);
  }

  /** Bytes on the disk, and on their way to it. */
  get size(): number {
    let size = this.queuedBytes;
    for (const bytes of this.sizes.values()) size += bytes;
    return size;
  }

  /** Makes the room that starting takes, where the disk is full. */
  async prepare(): Promise<void> {
    await this.reserve.release();
  }

  /** Reads what is there, in order, and makes ready to append. */
  async open(
    each: (line: JournalLine, location: Location) => void,
    damaged: ReportDamage,
  ): Promise<void> {
    const numbers = (await fs.readdir(this.folder))
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    for (const number of numbers) await this.load(number, each, damaged);
    this.active = numbers.at(-1) ?? 0;
    await this.rotate();
    await this.reserve.take();
  }

  /**
   * @param written told where each line went, before anything else can happen to the files
   * @throws system errors, for lines that are not required; nothing of them is on the disk then
   */
  append(
    lines: readonly string[],
    { required = false, durable = true }: { required?: boolean; durable?: boolean },
    written: (locations: readonly Location[]) => void,
  ): Promise<void> {
    if (this.closed) return Promise.reject(new Error('the journal is closed'));
    return new Promise((resolve, reject) => {
      const settle = (locations: readonly Location[]) => {
        written(locations);
        resolve();
      };
      this.queue.push({ lines, required, durable, written: settle, reject });
      for (const line of lines) this.queuedBytes += Buffer.byteLength(line);
      this.schedule();
    });
  }

  /** @throws Error if a line is not there any more */
  read(locations: () => readonly Location[]): Promise<readonly JournalLine[]> {
    return this.serial.run(async () => {
      const lines: JournalLine[] = [];
      for await (const { bytes, location } of this.bytesOf(locations())) {
        const line = decodeLine(bytes.toString('utf8', 0, bytes.length - 1));
        if (line === undefined) {
          throw new Error(`${this.path(location.segment)} is damaged at ${location.offset}`);
        }
        lines.push(line);
      }
      return lines;
    });
  }

  /** Whether lines wait since there is no room for them, or took the room of last resort. */
  get isFull(): boolean {
    return this.retry !== undefined || !this.reserve.isTaken;
  }

  /**
   * Drops the oldest files as far as nothing in them is needed; all of it where nothing is.
   * @param live what is needed, in order
   * @param copy whether to copy what is needed to a new file, so that all others can go
   * @param moved told where each line went
   */
  compact(
    live: () => readonly Location[],
    copy: () => boolean,
    moved: (from: Location, to: Location) => void,
  ): Promise<void> {
    return this.serial.run(async () => {
      const kept = live();
      const used = new Set(kept.map(({ segment }) => segment));
      // Oldest first: a line that ends another never goes before it.
      for (const number of [...this.sizes.keys()].sort((a, b) => a - b)) {
        if (number === this.active || used.has(number)) break;
        await this.drop(number);
      }
      if (kept.length === 0) {
        await (await this.handle(this.active)).truncate(0);
        this.sizes.set(this.active, 0);
      } else if (copy()) {
        const old = [...this.sizes.keys()].sort((a, b) => a - b);
        await this.reserve.release();
        await this.copy(kept, moved);
        await this.rotate();
        for (const number of old) await this.drop(number);
      }
      await this.reserve.take();
      this.tryAgain();
    });
  }

  /** Writes what is queued and lets go of the files. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.retry);
    await this.serial.run(() => this.flush()).catch(() => undefined);
    for (const batch of this.queue) batch.reject(new Error('the journal is closed'));
    this.queue = [];
    for (const handle of this.handles.values()) await handle.close();
    this.handles.clear();
  }

  private schedule(): void {
    if (this.flushing || this.retry !== undefined) return;
    this.flushing = true;
    void this.serial.run(() => {
      this.flushing = false;
      return this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batches = this.queue;
    if (batches.length === 0) return;
    this.queue = [];
    this.queuedBytes = 0;
    try {
      if (this.sizeOf(this.active) > this.segmentBytes) await this.rotate();
      const located = await this.write(batches);
      for (const [index, batch] of batches.entries()) batch.written(located[index] ?? []);
    } catch (error) {
      const required = batches.filter((batch) => batch.required);
      for (const batch of batches) if (!batch.required) batch.reject(error);
      this.queue = [...required, ...this.queue];
      for (const { lines } of required) {
        for (const line of lines) this.queuedBytes += Buffer.byteLength(line);
      }
      if (this.closed) return;
      // What must be written may have the room that was kept for it.
      const soon = required.length > 0 && (await this.reserve.release());
      this.retry = setTimeout(() => this.tryAgain(), soon ? 0 : RETRY_MS);
      this.retry.unref();
    }
  }

  private tryAgain(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.schedule();
  }

  private async write(batches: readonly Batch[]): Promise<readonly (readonly Location[])[]> {
    const segment = this.active;
    const handle = await this.handle(segment);
    const start = this.sizeOf(segment);
    let offset = start;
    const chunks: Buffer[] = [];
    const located = batches.map(({ lines }) =>
      lines.map((line) => {
        const bytes = Buffer.from(line);
        chunks.push(bytes);
        const location = { segment, offset, length: bytes.length };
        offset += bytes.length;
        return location;
      }),
    );
    try {
      const bytes = Buffer.concat(chunks);
      let written = 0;
      while (written < bytes.length) {
        const result = await handle.write(bytes, written, bytes.length - written, start + written);
        written += result.bytesWritten;
      }
      if (batches.some(({ durable }) => durable)) await handle.datasync();
    } catch (error) {
      await handle.truncate(start).catch(() => undefined);
      throw error;
    }
    this.sizes.set(segment, offset);
    return located;
  }

  private async load(
    number: number,
    each: (line: JournalLine, location: Location) => void,
    damaged: ReportDamage,
  ): Promise<void> {
    const path = this.path(number);
    const bytes = await fs.readFile(path);
    this.sizes.set(number, bytes.length);
    let bad = 0;
    let damage = 0;
    for (let offset = 0; offset < bytes.length; ) {
      const end = bytes.indexOf(0x0a, offset);
      const next = end === -1 ? bytes.length : end + 1;
      const text = bytes.toString('utf8', offset, end === -1 ? next : end);
      const line = end === -1 ? undefined : decodeLine(text);
      if (line === undefined) bad++;
      else {
        damage += bad;
        bad = 0;
        each(line, { segment: number, offset, length: next - offset });
      }
      offset = next;
    }
    // What is bad at the end was torn off by a crash, in the middle it was damaged afterwards.
    if (damage === 0) return;
    await fs.copyFile(path, `${path}.damaged`);
    damaged(path, damage);
  }

  /** Lines mostly follow one another: one read brings many. */
  private async *bytesOf(locations: readonly Location[]) {
    let chunk = { segment: 0, start: 0, bytes: Buffer.alloc(0) };
    for (const location of locations) {
      const { segment, offset, length } = location;
      const end = offset + length;
      const { start, bytes } = chunk;
      if (segment !== chunk.segment || offset < start || end > start + bytes.length) {
        const buffer = Buffer.allocUnsafe(Math.max(length, READ_BYTES));
        const handle = await this.handle(segment);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        chunk = { segment, start: offset, bytes: buffer.subarray(0, bytesRead) };
      }
      const from = offset - chunk.start;
      yield { location, bytes: chunk.bytes.subarray(from, from + length) };
    }
  }

  private async copy(
    locations: readonly Location[],
    moved: (from: Location, to: Location) => void,
  ): Promise<void> {
    const number = this.active + 1;
    const temporary = `${this.path(number)}.tmp`;
    const moves: [Location, Location][] = [];
    let size = 0;
    const handle = await fs.open(temporary, 'w', 0o600);
    try {
      for await (const { bytes, location: from } of this.bytesOf(locations)) {
        await handle.write(bytes, 0, bytes.length, size);
        moves.push([from, { segment: number, offset: size, length: from.length }]);
        size += from.length;
      }
      await handle.sync();
    } catch (error) {
      await handle.close();
      await fs.rm(temporary, { force: true });
      throw error;
    }
    await handle.close();
    await fs.rename(temporary, this.path(number));
    await syncFolder(this.folder);
    this.sizes.set(number, size);
    this.active = number;
    for (const [from, to] of moves) moved(from, to);
  }

  private async rotate(): Promise<void> {
    const number = this.active + 1;
    const handle = await fs.open(this.path(number), 'wx+', 0o600);
    await syncFolder(this.folder);
    this.handles.set(number, handle);
    this.sizes.set(number, 0);
    this.active = number;
  }

  private async drop(number: number): Promise<void> {
    await this.handles.get(number)?.close();
    this.handles.delete(number);
    await fs.rm(this.path(number), { force: true });
    this.sizes.delete(number);
  }

  private async handle(number: number): Promise<fs.FileHandle> {
    const known = this.handles.get(number);
    if (known !== undefined) return known;
    const handle = await fs.open(this.path(number), 'r');
    this.handles.set(number, handle);
    return handle;
  }

  private sizeOf(number: number): number {
    return this.sizes.get(number) ?? 0;
  }

  private path(number: number): string {
    return join(this.folder, `${String(number).padStart(8, '0')}.log`);
  }
}
