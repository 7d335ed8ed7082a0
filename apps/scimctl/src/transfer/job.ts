import { rmSync } from 'node:fs';
import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite';
import { CommandError } from '../terminal/exit-codes.js';

/** Steps of one transaction: what a kill takes back, which the next run finds done. */
const ROW = 200;

export type Pass = 'resources' | 'relations';

/**
 * How far a transfer is, and which resource became which, kept in a file (SQLite), so that memory
 * does not grow with it and a kill leaves it whole. What the file says was done is done; what was
 * done and is not in it is met again, and found done.
 */
export class Job {
  private readonly statements = new Map<string, StatementSyncInstance>();
  private steps = 0;
  private goesOn = false;

  private constructor(
    readonly file: string,
    private readonly database: DatabaseSyncInstance,
  ) {}

  /** Whether it goes on with what another run began. */
  get resumed(): boolean {
    return this.goesOn;
  }

  /**
   * @param purpose what is done: a file that was made for something else is refused
   * @param edition state of what is read; with another one everything is looked at anew
   * @throws CommandError
   */
  static open(file: string, purpose: string, edition: string): Job {
    try {
      const database = new DatabaseSync(file);
      database.exec(`
        pragma locking_mode = exclusive;
        pragma synchronous = off;
        create table if not exists facts (name text primary key, value text not null) without rowid;
        create table if not exists resources (
          type text not null, source text not null, target text not null, primary key (type, source)
        ) without rowid;
        create index if not exists resources_by_target on resources (type, target);
        create table if not exists passed (key text primary key) without rowid;
        create table if not exists refused (number integer primary key, line text not null);
        begin immediate;
      `);
      const job = new Job(file, database);
      job.begin(purpose, edition);
      return job;
    } catch (error) {
      if (error instanceof CommandError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(`The job file ${file} cannot be used: ${why}.`);
    }
  }

  private begin(purpose: string, edition: string): void {
    const known = this.fact('purpose');
    if (known !== undefined && known !== purpose) {
      this.database.close();
      throw new CommandError(
        `The job file ${this.file} belongs to another transfer: remove it, or name one with --job.`,
      );
    }
    const goesOn = this.fact('edition') === edition && this.fact('finished') === undefined;
    if (!goesOn) this.database.exec(`delete from passed; delete from refused; delete from facts`);
    this.goesOn = goesOn;
    const set = 'insert or replace into facts values (?, ?)';
    this.run(set, 'purpose', purpose);
    this.run(set, 'edition', edition);
    this.commit();
  }

  isPassed(pass: Pass, key: string): boolean {
    return this.get('select 1 from passed where key = ?', `${pass} ${key}`) !== undefined;
  }

  pass(pass: Pass, key: string): void {
    this.run('insert or ignore into passed values (?)', `${pass} ${key}`);
    if (++this.steps % ROW === 0) this.commit();
  }

  /** The id in the target of what has this id in the source, and one of these types. */
  target(types: readonly string[], source: string): string | undefined {
    for (const type of types) {
      const row = this.get(
        'select target from resources where type = ? and source = ?',
        type,
        source,
      );
      if (typeof row?.target === 'string') return row.target;
    }
    return undefined;
  }

  map(type: string, source: string, target: string): void {
    this.run('insert or replace into resources values (?, ?, ?)', type, source, target);
  }

  /** Whether a resource of the target is one that came from the source. */
  isTarget(type: string, target: string): boolean {
    const text = 'select 1 from resources where type = ? and target = ?';
    return this.get(text, type, target) !== undefined;
  }

  refuse(line: string): void {
    this.run('insert into refused (line) values (?)', line);
  }

  /** Lines of the report, in the order they came up. */
  *refusals(): Generator<string> {
    for (const row of this.database.prepare('select line from refused order by number').iterate()) {
      yield String((row as { line: string }).line);
    }
  }

  get refusedCount(): number {
    return Number(this.get('select count(*) as n from refused')?.n ?? 0);
  }

  /** What was done so far is kept, whatever happens. */
  commit(): void {
    this.database.exec('commit; begin immediate');
  }

  /** Ends here, to be taken up again. */
  close(): void {
    this.database.exec('commit');
    this.database.close();
  }

  /** @param keep the ids, for whoever asks which resource became which, and for the next run */
  finish(keep: boolean): void {
    if (keep) this.run(`insert or replace into facts values ('finished', '1')`);
    this.close();
    if (!keep) rmSync(this.file, { force: true });
  }

  private fact(name: string): string | undefined {
    const value = this.get('select value from facts where name = ?', name)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  private get(text: string, ...values: string[]): Readonly<Record<string, unknown>> | undefined {
    return this.statement(text).get(...values) as Readonly<Record<string, unknown>> | undefined;
  }

  private run(text: string, ...values: string[]): void {
    this.statement(text).run(...values);
  }

  private statement(text: string): StatementSyncInstance {
    const known = this.statements.get(text);
    if (known !== undefined) return known;
    const made = this.database.prepare(text);
    this.statements.set(text, made);
    return made;
  }
}
