import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';

/** Pairs of texts that are noted and looked up, on the disk: there may be millions. */
export class Tally {
  private readonly folder = mkdtempSync(join(tmpdir(), 'scimctl-'));
  private readonly database = new DatabaseSync(join(this.folder, 'tally'));
  private readonly insertion: StatementSyncInstance;
  private readonly remove: StatementSyncInstance;
  private readonly selection: StatementSyncInstance;

  constructor() {
    this.database.exec(`
      pragma journal_mode = off;
      pragma synchronous = off;
      create table pairs (key text not null, value text not null, primary key (key, value)) without rowid;
      begin;
    `);
    this.insertion = this.database.prepare('insert or ignore into pairs values (?, ?)');
    this.remove = this.database.prepare('delete from pairs where key = ? and value = ?');
    this.selection = this.database.prepare('select value from pairs where key = ? limit 1');
  }

  add(key: string, value: string): void {
    this.insertion.run(key, value);
  }

  /** @returns whether it was there */
  take(key: string, value: string): boolean {
    return Number(this.remove.run(key, value).changes) > 0;
  }

  /** One of the values of a key. */
  find(key: string): string | undefined {
    return (this.selection.get(key) as { value: string } | undefined)?.value;
  }

  /** What is left. */
  *pairs(): Generator<readonly [key: string, value: string]> {
    for (const row of this.database.prepare('select key, value from pairs').iterate()) {
      const { key, value } = row as { key: string; value: string };
      yield [key, value];
    }
  }

  close(): void {
    this.database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
