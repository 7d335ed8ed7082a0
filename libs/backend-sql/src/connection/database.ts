import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { BackendError, turn } from '#backend';
import type { Dialect, Failure } from '../dialect/dialect.js';
import { property, textProperty } from '../dialect/standard.js';
import type { Pool, Purpose } from './pool.js';
import { render, type Sql } from './statement.js';

/** A row as drivers return it. */
export type Values = Readonly<Record<string, unknown>>;

/** Whatever answers statements that change nothing. */
export interface Reader {
  rows(statement: Sql): Promise<readonly Values[]>;
}

/** One connection, in a transaction or not. */
export interface Session extends Reader {
  /** @returns how many rows were written */
  run(statement: Sql): Promise<number>;
}

/** Values sent and rows received within some milliseconds, by a database inside the service. */
const MOST_HELD_UP = 2_000;

/** Tries of a transaction that others were in the way of. */
const MOST_TRIES = 12;

/** What a driver said, in the way of the duplicate it met; never leaves this library. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError';

  constructor(
    readonly about: string,
    cause: unknown,
  ) {
    super(`duplicate key: ${about}`, { cause });
  }
}

/** The user of the database may not do this. The message is the server's. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** Runs statements on the pool's connections and says what went wrong in words of ours. */
export class Database {
  /** Values and rows since others had a turn. */
  private heldUp = 0;

  constructor(
    readonly dialect: Dialect,
    private readonly pool: Pool,
    /** Milliseconds. */
    readonly statementTimeout: number,
  ) {}

  /**
   * One statement that changes nothing. Once nobody waits for it any more, it ends at the server, too.
   * @throws the reason of `signal`
   */
  async rows(statement: Sql, signal?: AbortSignal): Promise<readonly Values[]> {
    const limited = this.dialect.limited(statement, this.statementTimeout);
    try {
      return await this.repeated('read', (runner) =>
        this.whileAwaited(runner, signal, () => this.session(runner).rows(limited)),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Single statements that nobody waits for once the signal aborts. */
  awaited(signal: AbortSignal | undefined): Reader {
    return { rows: (statement) => this.rows(statement, signal) };
  }

  private async whileAwaited<T>(
    runner: QueryRunner,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    let cancelling: Promise<void> | undefined;
    const cancel = () => {
      cancelling = this.cancel(runner);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await work();
    } finally {
      signal?.removeEventListener('abort', cancel);
      // A cancel that came late would end the next statement of the connection.
      if (cancelling !== undefined) {
        await cancelling;
        await this.pool.discard(runner, signal?.reason);
      }
    }
  }

  /** Failures are not ours: the time of a statement ends in any case. */
  private async cancel(runner: QueryRunner): Promise<void> {
    const aside = (statement: string) => this.pool.aside(statement);
    await this.dialect.cancel?.(runner, aside).catch(() => undefined);
  }

  /** Statements that change nothing and all see the same moment. `work` may run several times. */
  async snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const begin = this.dialect.beginSnapshot(this.statementTimeout);
    return this.repeated('snapshot', (runner) => this.attempt(runner, begin, work));
  }

  /** One statement that is a transaction of its own. */
  async run(statement: Sql): Promise<number> {
    return this.transaction((session) => session.run(statement));
  }

  /**
   * All or nothing. `work` may run several times: deadlocks and serialization failures are tried
   * again, also those that a commit reports.
   * @throws BackendError `unavailable`, `unsupported`; DuplicateError; whatever `work` throws
   */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const begin = this.dialect.begin(this.statementTimeout);
    return this.repeated('write', (runner) => this.attempt(runner, begin, work));
  }

  private async repeated<T>(
    purpose: Purpose,
    attempt: (runner: QueryRunner) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.pool.use(purpose, attempt);
      } catch (error) {
        if (!this.mayRetry(error, tries)) throw this.translate(error);
      }
      await pause(tries);
    }
  }

  /** Statements outside of a transaction, as changes of the schema need it. */
  async define(statements: readonly string[]): Promise<void> {
    await this.pool.use('write', async (runner) => {
      for (const statement of statements) {
        await runner.query(statement).catch((error: unknown) => {
          if (this.failure(error).kind !== 'there-already') throw error;
        });
      }
    });
  }

  private async attempt<T>(
    runner: QueryRunner,
    begin: readonly string[],
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    try {
      for (const statement of begin) await runner.query(statement);
      const result = await work(this.session(runner));
      await runner.query('commit');
      return result;
    } catch (error) {
      // A connection that cannot even do this is not used again.
      await runner.query('rollback').catch((cause: unknown) => this.pool.discard(runner, cause));
      throw error;
    }
  }

  private session(runner: QueryRunner): Session {
    const query = async (statement: Sql) => {
      const text = render(statement, this.dialect.placeholder);
      try {
        const result = await runner.query(text, [...statement.params], true);
        if (this.dialect.holdsUp)
          await this.breathe(statement.params.length + result.records.length);
        return result;
      } catch (error) {
        // The answer to a statement that was given up would be taken for that to the next one.
        if (isGivenUp(driverError(error))) {
          await this.cancel(runner);
          await this.pool.discard(runner, error);
        }
        throw error;
      }
    };
    return {
      rows: async (statement) => (await query(statement)).records,
      run: async (statement) => (await query(statement)).affected ?? 0,
    };
  }

  /** Statements of a database inside the service are answered at once: nobody else has a turn between them. */
  private async breathe(values: number): Promise<void> {
    this.heldUp += values;
    if (this.heldUp < MOST_HELD_UP) return;
    this.heldUp = 0;
    await turn();
  }

  failure(error: unknown): Failure {
    // TypeORM noticed the end of a connection between two statements.
    const lost = textProperty(error, 'name') === 'QueryRunnerAlreadyReleasedError';
    return lost ? { kind: 'unavailable' } : this.dialect.failureOf(driverError(error));
  }

  private mayRetry(error: unknown, tries: number): boolean {
    return tries < MOST_TRIES && this.failure(error).kind === 'retry';
  }

  /** Drivers' errors never leave this library: they hold statements and values. */
  translate(error: unknown): unknown {
    if (error instanceof BackendError || error instanceof DuplicateError) return error;
    if (error instanceof ForbiddenError) return error;
    const driver = driverError(error);
    const failure = this.failure(error);
    switch (failure.kind) {
      case 'duplicate':
        return new DuplicateError(failure.about, withoutValues(driver, false));
      case 'value':
        return new BackendError('unsupported', 'The database cannot hold one of the values.', {
          cause: withoutValues(driver, false),
        });
      case 'retry':
      case 'unavailable':
        return unavailable(driver);
      case 'forbidden':
        return new ForbiddenError(textProperty(driver, 'message'), withoutValues(driver, true));
      case 'there-already':
      case 'other':
        return isOfDriver(error, driver) ? withoutValues(driver, true) : error;
    }
  }
}

export function unavailable(cause: unknown): BackendError {
  return new BackendError('unavailable', 'The database does not answer at the moment.', {
    retryAfter: 2,
    cause: withoutValues(cause, true),
  });
}

/** Name, code and, where it tells no values, message of what a driver threw. */
function withoutValues(error: unknown, message: boolean): Error {
  const code = String(property(error, 'code') ?? property(error, 'errno') ?? 'no code');
  const text = message ? `: ${textProperty(error, 'message')}` : '';
  return new Error(`${textProperty(error, 'name') || 'Error'} (${code})${text}`);
}

/** The driver stopped waiting; the server has not. */
function isGivenUp(error: unknown): boolean {
  return (
    property(error, 'code') === 'PROTOCOL_SEQUENCE_TIMEOUT' ||
    textProperty(error, 'message') === 'Query read timeout'
  );
}

function isOfDriver(error: unknown, driver: unknown): boolean {
  return error !== driver || property(error, 'code') !== undefined;
}

/** What the driver threw, without TypeORM around it. */
export function driverError(error: unknown): unknown {
  const inner: unknown =
    error instanceof Error && 'driverError' in error ? error.driverError : undefined;
  return inner !== undefined && textProperty(error, 'name') === 'QueryFailedError' ? inner : error;
}

/** Longer and longer, and by chance, so that those who met once do not meet again. */
function pause(tries: number): Promise<void> {
  return delay(Math.random() * Math.min(200, 5 * 2 ** tries));
}
