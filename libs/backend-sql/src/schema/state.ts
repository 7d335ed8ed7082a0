import { type Database, DuplicateError, type Session } from '../connection/database.js';
import { sql } from '../connection/statement.js';

/** What is known of the content as a whole, by name. */
export class State {
  constructor(
    private readonly database: Database,
    private readonly table: string,
  ) {}

  async read(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.rows(
      sql`select name, value from ${this.database.dialect.quote(this.table)}`,
    );
    return new Map(rows.map(({ name, value }) => [String(name), String(value)]));
  }

  /** @returns what is kept under the name: the first text that was proposed */
  async keep(name: string, proposed: string): Promise<string> {
    const table = this.database.dialect.quote(this.table);
    const kept = async () => (await this.read()).get(name);
    const known = await kept();
    if (known !== undefined) return known;
    try {
      await this.database.transaction((session) =>
        session.run(sql`insert into ${table} (name, value) values (${name}, ${proposed})`),
      );
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error; // another instance was first
    }
    return (await kept()) ?? proposed;
  }

  async write(name: string, value: string): Promise<void> {
    try {
      await this.database.transaction((session) => this.writeIn(session, name, value));
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error;
    }
  }

  private async writeIn(session: Session, name: string, value: string): Promise<void> {
    const table = this.database.dialect.quote(this.table);
    const written = await session.run(
      sql`update ${table} set value = ${value} where name = ${name}`,
    );
    if (written === 0) {
      await session.run(sql`insert into ${table} (name, value) values (${name}, ${value})`);
    }
  }
}
