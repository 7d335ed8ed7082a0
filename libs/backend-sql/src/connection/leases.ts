import { Leases } from '#backend';
import { type Database, DuplicateError } from './database.js';
import { raw, sql } from './statement.js';

/** Leases that are rows: they need nothing that a pooler in transaction mode or a cluster lacks. */
export class SqlLeases extends Leases {
  constructor(
    private readonly database: Database,
    private readonly table: string,
  ) {
    super();
  }

  async take(name: string, holder: string, milliseconds: number): Promise<boolean> {
    const { quote, now } = this.database.dialect;
    const until = sql`${now} + ${raw(String(Math.max(0, Math.trunc(milliseconds))))}`;
    const taken = await this.database.run(sql`
      update ${quote(this.table)} set holder = ${holder}, until = ${until}
      where name = ${name} and (holder = ${holder} or until < ${now})`);
    if (taken > 0) return true;
    const [row] = await this.database.rows(
      sql`select name from ${quote(this.table)} where name = ${name}`,
    );
    if (row !== undefined) return false;
    try {
      await this.database.run(sql`
        insert into ${quote(this.table)} (name, holder, until) values (${name}, ${holder}, ${until})`);
      return true;
    } catch (error) {
      if (error instanceof DuplicateError) return false;
      throw error;
    }
  }

  /** Whoever took it last, if nobody released it. */
  async holder(name: string): Promise<string | undefined> {
    const [row] = await this.database.rows(
      sql`select holder from ${this.database.dialect.quote(this.table)} where name = ${name}`,
    );
    return row === undefined ? undefined : String(row.holder);
  }

  async release(name: string, holder: string): Promise<void> {
    await this.database.run(sql`
      delete from ${this.database.dialect.quote(this.table)}
      where name = ${name} and holder = ${holder}`);
  }
}
