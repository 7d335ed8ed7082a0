import { type Connection, mongo } from 'mongoose';
import type { Database } from '../connection/database.js';
import { translate } from '../connection/failure.js';
import { MongoLeases } from '../connection/leases.js';
import type { Layout } from '../layout/layout.js';
import type { MongoNotice } from '../mongo.options.js';
import type { Counts } from '../read/counts.js';
import { takeOver } from './take-over.js';

/** Of the collections. A database of a higher one is left alone. */
const VERSION = 1;

/**
 * Makes the database what this version of the service expects: collections, indexes, counts, and the
 * documents that the reference wrote. Several that start at once wait for the one that does it.
 * @throws Error with what to run when the user of the database may not do it
 */
export async function prepare(
  connection: Connection,
  database: Database,
  layout: Layout,
  counts: Counts,
  report: (notice: MongoNotice) => void,
): Promise<void> {
  await define(connection);
  const leases = new MongoLeases(database, layout.shared.locks);
  await leases.alone('start', async () => {
    await checkVersion(database, layout);
    for (const type of layout.types) {
      await counts.prepare(type);
      await takeOver(database, layout, type, report);
      await counts.recount(type);
    }
  });
}

/** Making twice what is there does no harm. */
async function define(connection: Connection): Promise<void> {
  try {
    for (const model of Object.values(connection.models)) {
      await model.createCollection().catch((error: unknown) => {
        if (!hasCode(error, EXISTS)) throw error;
      });
      await model.createIndexes();
    }
  } catch (cause) {
    if (!hasCode(cause, FORBIDDEN)) throw translate(cause);
    throw new Error(
      `The user of MONGO_DB may not make collections and indexes. Have this run by one who may, and start again:\n\n${script(connection)}\n`,
      { cause },
    );
  }
}

/** What mongosh takes. */
function script(connection: Connection): string {
  const lines = Object.values(connection.models).flatMap(({ collection, schema }) => {
    const name = JSON.stringify(collection.collectionName);
    const indexes = schema.indexes().map(([keys, { name: index, unique, sparse }]) => {
      const options = JSON.stringify({ name: index, unique, sparse });
      return `db.getCollection(${name}).createIndex(${JSON.stringify(keys)}, ${options});`;
    });
    return [`db.createCollection(${name});`, ...indexes];
  });
  return [`use ${connection.name}`, ...lines].join('\n');
}

const EXISTS = 48;
const FORBIDDEN = 13;

function hasCode(error: unknown, code: number): boolean {
  return error instanceof mongo.MongoServerError && error.code === code;
}

interface VersionDocument {
  readonly _id: string;
  readonly version: number;
}

async function checkVersion(database: Database, { shared }: Layout): Promise<void> {
  const state = database.collection<VersionDocument>(shared.state);
  const known = await database.run(() => state.findOne({ _id: 'version' }));
  if (known !== null && known.version > VERSION) {
    throw new Error(
      `The database was written by a newer version of this service (its collections are of version ${known.version}, this one knows ${VERSION}).`,
    );
  }
  await database.run(() =>
    state.updateOne({ _id: 'version' }, { $set: { version: VERSION } }, { upsert: true }),
  );
}
