import { type Connection, createConnection, mongo } from 'mongoose';
import { BackendError } from '#backend';
import type { Layout } from '../layout/layout.js';
import { defineModels } from '../layout/models.js';
import type { Settings } from '../mongo.options.js';
import { readAddress } from './address.js';
import { Database } from './database.js';
import { translate, unavailable } from './failure.js';

/** What kind of server answered. */
export type Topology = 'standalone server' | 'replica set' | 'sharded cluster';

/**
 * Connects.
 * @throws BackendError `unavailable`, or Error saying in the driver's words what is wrong
 */
export async function connect(
  settings: Settings,
  layout: Layout,
): Promise<{
  readonly connection: Connection;
  readonly database: Database;
  readonly topology: Topology;
}> {
  const { url, authSource } = readAddress(settings.url);
  const connection = createConnection();
  defineModels(connection, layout);
  const open = () =>
    connection.openUri(url, {
      dbName: settings.database,
      ...(authSource === undefined ? {} : { authSource }),
      appName: 'scim',
      maxPoolSize: settings.poolSize,
      serverSelectionTimeoutMS: settings.selectionTimeout,
      // Also of the heartbeat: a server that is busy for some seconds is not away.
      connectTimeoutMS: Math.max(settings.selectionTimeout, 10_000),
      waitQueueTimeoutMS: settings.operationTimeout,
      // A connection that says nothing for longer than any operation takes is dead.
      socketTimeoutMS: settings.operationTimeout + settings.selectionTimeout,
      retryWrites: true,
      retryReads: true,
      readPreference: 'primary',
      readConcernLevel: 'majority',
      writeConcern: { w: 'majority', journal: true },
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
      // Text is valid in the database, or it is not served as something else.
      enableUtf8Validation: true,
    });
  try {
    await open();
    const topology = await topologyOf(connection);
    const database = new Database(
      connection,
      topology !== 'standalone server',
      settings.operationTimeout,
      async () => {
        await connection.close().catch(() => undefined);
        await open();
      },
    );
    return { connection, database, topology };
  } catch (cause) {
    await connection.close().catch(() => undefined);
    throw startFailure(cause, url);
  }
}

/** Told by what the server says of itself: one that refuses transactions may accept their beginning. */
async function topologyOf(connection: Connection): Promise<Topology> {
  const hello = await connection.db?.command({ hello: 1 });
  if (hello?.msg === 'isdbgrid') return 'sharded cluster';
  return typeof hello?.setName === 'string' ? 'replica set' : 'standalone server';
}

/** Codes of what no waiting changes: who may do what is wrong. */
const REFUSALS = new Set([13, 18, 8000]);

function startFailure(cause: unknown, url: string): unknown {
  const where = placeOf(url);
  if (cause instanceof mongo.MongoServerError && REFUSALS.has(Number(cause.code))) {
    return new Error(
      `MongoDB at ${where} refuses the user of MONGO_DB: ${cause.message} Correct the user or the password, or the database that knows them (authSource).`,
      { cause },
    );
  }
  if (cause instanceof mongo.MongoDriverError && !(cause instanceof mongo.MongoSystemError)) {
    return new Error(`MONGO_DB cannot be used: ${cause.message}`, { cause });
  }
  // mongoose wraps the driver's error in one of its own.
  const isAway = cause instanceof Error && cause.name === 'MongooseServerSelectionError';
  const failure = isAway ? unavailable(cause) : translate(cause);
  if (!(failure instanceof BackendError) || !(cause instanceof Error)) return failure;
  return new BackendError(
    failure.code,
    `MongoDB at ${where} does not answer: ${cause.message}. ${adviceFor(cause.message)}`,
    failure.details,
  );
}

/** Hosts of a connection string, without user and password. */
function placeOf(url: string): string {
  return /^[^:]+:\/\/(?:[^@/?]*@)?([^@/?]+)/.exec(url)?.[1] ?? 'no host';
}

function adviceFor(words: string): string {
  return /certificate|self-signed|altnames/i.test(words)
    ? 'Name the file of the authority by tlsCAFile in MONGO_DB, and the host as the certificate has it.'
    : 'Look at the host and the port in MONGO_DB, and whether the server runs.';
}
