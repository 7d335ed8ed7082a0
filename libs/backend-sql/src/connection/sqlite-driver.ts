import type { SqliteDatabase, SqliteLibrary, SqliteStatement } from './sqlite-library.js';

/**
 * A library with the API of `node:sqlite` in the form in which TypeORM asks for SQLite, to be given
 * to it as `driver`.
 */
export function sqliteDriver({ open }: SqliteLibrary) {
  return class {
    private readonly database: SqliteDatabase;

    constructor(file: string, { readonly = false }: { readonly?: boolean } = {}) {
      this.database = open(file, readonly);
    }

    prepare(text: string): PreparedStatement {
      return new PreparedStatement(this.database.prepare(text));
    }

    pragma(text: string): readonly unknown[] {
      return this.database.prepare(`pragma ${text}`).all();
    }

    exec(text: string): this {
      this.database.exec(text);
      return this;
    }

    close(): void {
      this.database.close();
    }
  };
}

class PreparedStatement {
  /** Whether it answers with rows. */
  readonly reader: boolean;

  constructor(private readonly statement: SqliteStatement) {
    this.reader = statement.columns().length > 0;
  }

  all(...parameters: readonly unknown[]) {
    return this.statement.all(...parameters);
  }

  run(...parameters: readonly unknown[]) {
    return this.statement.run(...parameters);
  }
}
