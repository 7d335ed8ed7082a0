import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, mongo } from 'mongoose';
import {
  hasLostAllServers,
  isTransient,
  isUnknownCommit,
  translate,
  unavailable,
} from './failure.js';

export type Session = mongo.ClientSession;

/** How long a transaction is repeated while others are faster, or a new primary is elected, in ms. */
const PATIENCE = 15_000;

const MAJORITY = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
} as const;

/** An open database, and the one way errors leave it. */
export class Database {
  /** Undefined while the driver knows a server. */
  private renewal: Promise<void> | undefined;
  private isOpen = true;

  constructor(
    private readonly connection: Connection,
    /** Whether it has transactions; a standalone server has none. */
    readonly hasTransactions: boolean,
    /** How long one operation may take, in ms. */
    private readonly timeout: number,
    /** Connects anew, from the address. */
    private readonly connect: () => Promise<void>,
  ) {}

  collection<D extends mongo.Document>(name: string): mongo.Collection<D> {
    // mongoose's own collections wait for a connection; this one is there.
    const { db } = this.connection;
    if (db === undefined) throw new Error('the connection is not open');
    return db.collection<D>(name);
  }

  /** Options of an operation outside or inside of a transaction. */
  options(session?: Session): { session?: Session; maxTimeMS: number } {
    return session === undefined
      ? { maxTimeMS: this.timeout }
      : { session, maxTimeMS: this.timeout };
  }

  /** @throws BackendError, DuplicateError */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isOpen) await this.renew();
    try {
      return await work();
    } catch (error) {
      if (hasLostAllServers(error)) this.isOpen = false;
      throw translate(error);
    }
  }

  /**
   * A server that says while it stops, or is looked after, that it belongs to no replica set is
   * forgotten by the driver, which asks it no more. Only the address still knows it.
   */
  private async renew(): Promise<void> {
    this.renewal ??= this.connect().finally(() => {
      this.renewal = undefined;
    });
    try {
      await this.renewal;
      this.isOpen = true;
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Runs `work` in a transaction, and again where others were faster or the primary changed.
   * @throws BackendError, DuplicateError, and what `work` throws
   */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + PATIENCE;
    return this.run(() =>
      this.connection.getClient().withSession(async (session) => {
        for (let tries = 1; ; tries++) {
          try {
            session.startTransaction(MAJORITY);
            const result = await work(session);
            await commit(session, deadline);
            return result;
          } catch (error) {
            if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
            if (!isTransient(error) || performance.now() > deadline) throw error;
          }
          await delay(Math.random() * Math.min(2 ** tries, 100));
        }
      }),
    );
  }

  async ping(): Promise<void> {
    await this.run(async () => {
      await this.connection.db?.command({ ping: 1 }, this.options());
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** A commit whose answer got lost is asked for again: the server knows whether it happened. */
async function commit(session: Session, deadline: number): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUnknownCommit(error) || performance.now() > deadline) throw error;
    }
    await delay(Math.random() * Math.min(2 ** tries, 200));
  }
}
