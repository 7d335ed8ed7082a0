import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { sqliteLibrary } from './sqlite-library.js';

/**
 * Whether a database file can be used, or made; nothing is changed.
 * @throws Error that says what to change
 */
export async function checkPlace(file: string): Promise<void> {
  if (file === ':memory:') return;
  const isThere = await fs.stat(file).then(
    () => true,
    () => false,
  );
  try {
    if (isThere) await fs.access(file, constants.R_OK | constants.W_OK);
    // SQLite keeps files of its own beside it.
    await fs.access(dirname(file), constants.W_OK | constants.X_OK);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const advice = 'Give the user of this process the file and its folder.';
    throw new Error(`The database ${file} cannot be used: ${words}. ${advice}`, { cause });
  }
  if (isThere) readHead(file);
}

/** An empty file is a database, too. */
function readHead(file: string): void {
  const database = sqliteLibrary().open(file, true);
  try {
    database.prepare('select count(*) from sqlite_master').all();
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const advice = 'Is DATABASE_URL the path of another file?';
    throw new Error(`The database ${file} cannot be used: ${words}. ${advice}`, { cause });
  } finally {
    database.close();
  }
}
