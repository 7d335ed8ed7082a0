import { expect, it } from 'vitest';
import { readConfiguration } from '../configuration.js';

it('R-309 the database is that of the reference, whatever MONGO_DB names', () => {
  const url = 'mongodb://m.example.org/accounts';
  const database = (env: Record<string, string>) => readConfiguration(env).store.settings;
  expect(database({ MONGO_DB: url })).toMatchObject({ url, database: 'scim' });
  expect(database({ MONGO_DB: url, MONGO_DATABASE: 'people' })).toMatchObject({
    url,
    database: 'people',
  });
});
