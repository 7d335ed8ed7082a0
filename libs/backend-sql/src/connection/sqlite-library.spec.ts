import { describe, expect, it } from 'vitest';
import { faultOf, type SqliteDatabase, sqliteLibrary } from './sqlite-library.js';

describe('the SQLite that is used', () => {
  it('R-354 is one that counts right', () => {
    const library = sqliteLibrary();
    expect(faultOf(library)).toBeUndefined();
  });

  it('R-354 a version that passes over OFFSET beside EXISTS is refused by what it answers', () => {
    const { open } = sqliteLibrary();
    const faulty = (file: string): SqliteDatabase => {
      const database = open(file);
      const prepare = (text: string) => database.prepare(text.replace(/ offset \d+/, ''));
      return { prepare, exec: (text) => database.exec(text), close: () => database.close() };
    };
    expect(faultOf({ open: faulty })).toMatch(/ignores OFFSET/);
  });
});
