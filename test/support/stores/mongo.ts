import { type MongoKind, startMongo } from '../mongo.js';
import type { TestStore } from './test-store.js';

export async function mongo(kind: MongoKind): Promise<TestStore> {
  const server = await startMongo(kind);
  return {
    env: { MONGO_DB: server.url, MONGO_DATABASE: server.createDatabase() },
    remove: () => server.remove(),
  };
}
