import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../connection/database.js';
import { Gate } from '../connection/gate.js';
import { SqlLeases } from '../connection/leases.js';
import { sql } from '../connection/statement.js';
import type { SqlNotice } from '../sql.options.js';
import type { Layout, TypeLayout } from './layout.js';
import { hasStale, isStale } from './mark.js';
import { State } from './state.js';
import { ALL, deriveAgain } from './take-over.js';

/** Milliseconds for which a schema that does not say so any more still counts as in use. */
const LEASE = 60_000;

/**
 * Derives rows of another mark while the service runs. Of the schemas that are in use the one that
 * was seen last for the first time does it, so that an old service that starts once more changes
 * nothing; when no service uses it any more (a roll-back) it is the turn of the others. In the end
 * all rows have the mark of the schema that all services share, whatever the order of their starts.
 */
export class Derivation {
  private readonly leases: SqlLeases;
  private readonly state: State;
  private readonly closing = new AbortController();
  private readonly passing = new Gate(1, LEASE);
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly report: (notice: SqlNotice) => void,
    /** Milliseconds between two looks. */
    private readonly interval: number,
  ) {
    this.leases = new SqlLeases(database, layout.shared.locks);
    this.state = new State(database, layout.shared.state);
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.pass();
      } catch {
        // The database is away, which everybody notices; it is looked at again.
      }
      await delay(this.interval, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Looks once, and derives what there is to be derived if it is this schema's turn. */
  async pass(): Promise<void> {
    return this.passing.run(async () => {
      for (const type of this.layout.types) await this.look(type);
    });
  }

  private async look(type: TypeLayout): Promise<void> {
    if (!(await this.isOurTurn(type))) return;
    const { quote } = this.database.dialect;
    const [row] = await this.database.rows(
      sql`select (${hasStale(quote(type.table), type)}) as stale`,
    );
    if (Number(row?.stale) === 0 || this.closing.signal.aborted) return;
    const renewal = setInterval(() => {
      this.leases.take(leaseOf(type), type.mark, LEASE).catch(() => undefined); // the work meets it
    }, LEASE / 4);
    try {
      const stale = sql`${ALL} and ${isStale(type)}`;
      await deriveAgain(this.database, type, this.report, stale, this.closing.signal);
    } finally {
      clearInterval(renewal);
    }
  }

  /** A lease that is held by a schema, not by a service: all that use it renew it. */
  private async isOurTurn(type: TypeLayout): Promise<boolean> {
    const { table, mark } = type;
    const known = await this.state.read();
    const seen = (other: string) => known.get(`seen:${table}:${other}`);
    const own = seen(mark) ?? new Date().toISOString();
    if (seen(mark) === undefined) await this.state.write(`seen:${table}:${mark}`, own);
    const name = leaseOf(type);
    if (await this.leases.take(name, mark, LEASE)) return true;
    const holder = await this.leases.holder(name);
    if (holder === undefined || (seen(holder) ?? '') >= own) return false;
    await this.leases.release(name, holder);
    return this.leases.take(name, mark, LEASE);
  }
}

function leaseOf({ table }: TypeLayout): string {
  return `schema:${table}`;
}
