import { Deadline } from './deadline.js';
import { Unreachable } from './directory.js';
import { Frames } from './frames.js';

export type Done<T> = (error?: unknown, result?: T) => void;

/** Octets still to come that count like an operation under way. */
const LIKE_AN_OPERATION = 16_384;

/** The operations of one connection: each ends with its answer, the connection, or its deadline. */
export class Operations {
  usable = true;
  private readonly frames = new Frames();
  private readonly broken = new Set<(error: Unreachable) => void>();
  private running = 0;
  /** When the last octet came, in milliseconds of a clock that is never set. */
  private heard = performance.now();
  private failure: Unreachable | undefined;

  constructor(
    private readonly where: string,
    private readonly timeout: number,
    /** Turns what the client library says into an error of the port. */
    private readonly errorOf: (error: unknown) => Error,
    /** Lets go of the socket. */
    private readonly end: () => void,
  ) {}

  /** What waits behind a long answer waits for all of it. */
  get load(): number {
    return this.running + Math.ceil(this.frames.pending / LIKE_AN_OPERATION);
  }

  /** Hands over messages once they are whole; what is no message breaks the connection off. */
  receive(octets: Buffer, parse: (message: Buffer) => void): void {
    this.heard = performance.now();
    try {
      for (const message of this.frames.push(octets)) parse(message);
    } catch (error) {
      this.malformed(error);
    }
  }

  malformed(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.fail(new Unreachable(`${this.where} sent what is no LDAP: ${why}`, false, { cause }));
  }

  /** Runs one operation. */
  run<T>(start: (done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      const settle = (finish: () => void) => {
        if (!this.broken.delete(broken)) return;
        deadline.clear();
        this.running -= 1;
        finish();
      };
      const broken = (error: Unreachable) => settle(() => reject(error));
      // What waits behind an operation that is not answered would not be answered either.
      const deadline = new Deadline(
        this.timeout,
        () => this.heard,
        () => this.fail(new Unreachable(`${this.where} did not answer in time`, false)),
      );
      this.broken.add(broken);
      this.running += 1;
      const done: Done<T> = (error, result) =>
        settle(() => (error ? reject(this.errorOf(error)) : resolve(result as T)));
      try {
        start(done);
      } catch (error) {
        done(error);
      }
    });
  }

  /** Breaks the connection off: whoever waits for it gets this error. */
  fail(error: Unreachable): void {
    this.failure ??= error;
    this.close();
  }

  /** The connection is gone. */
  lost(how: string, cause?: unknown): void {
    this.usable = false;
    this.failure ??= new Unreachable(`${this.where} ${how}`, true, { cause });
    for (const reject of [...this.broken]) reject(this.failure);
  }

  close(): void {
    this.lost('was let go');
    this.end();
  }
}
