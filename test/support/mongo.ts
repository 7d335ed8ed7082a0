import { createConnection } from 'mongoose';
import {
  findProgram,
  freePort,
  removeFolder,
  ServerProcess,
  scratchFolder,
  whyNot,
} from './scratch.js';

/** With transactions, or without. */
export type MongoKind = 'replica set' | 'standalone';

/** A MongoDB server of a test's own, or one that the environment points to. */
export interface MongoServer {
  /** `MONGO_DB` */
  readonly url: string;
  /** Of a server of the test's own. */
  readonly pid?: number;
  /** Name of an empty database. */
  createDatabase(): string;
  /** Stops it and removes its folder; drops the databases of a server that is not ours. */
  remove(): Promise<void>;
}

/** One that a test can also do harm to. */
export interface OwnMongoServer extends MongoServer {
  /** SIGKILL: the server has no time for anything. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const PROGRAM = 'secantusd-py';

const VARIABLES = {
  'replica set': 'MONGO_TEST_URL',
  standalone: 'MONGO_TEST_STANDALONE_URL',
} as const;

/** Programs that this machine needs for a server of a kind, or for one that a test may kill. */
export function mongoPrograms(kind: MongoKind, own = false): readonly string[] {
  return !own && process.env[VARIABLES[kind]] !== undefined ? [] : [PROGRAM];
}

/** Why tests with a server cannot run here; undefined when they can. In CI that is an error. */
export function whyNoMongo(kind: MongoKind, own = false): string | undefined {
  return whyNot(...mongoPrograms(kind, own));
}

let databases = 0;

function fresh(): string {
  databases += 1;
  return `scim_test_${process.pid}_${Date.now().toString(36)}_${databases}`;
}

/** The server that `MONGO_TEST_URL` or `MONGO_TEST_STANDALONE_URL` names, else one of its own. */
export async function startMongo(kind: MongoKind): Promise<MongoServer & Partial<OwnMongoServer>> {
  const url = process.env[VARIABLES[kind]];
  if (url === undefined) return startOwnMongo(kind);
  const made: string[] = [];
  await announce(kind, url, VARIABLES[kind]);
  return {
    url,
    createDatabase: () => {
      const name = fresh();
      made.push(name);
      return name;
    },
    remove: async () => {
      for (const name of made) await execute(url, name, { dropDatabase: 1 });
    },
  };
}

/** SecantusDB: MongoDB's wire protocol on its storage engine. It syncs, so that it may be killed. */
export async function startOwnMongo(kind: MongoKind): Promise<OwnMongoServer> {
  const folder = scratchFolder('scim-mongo-');
  const port = await freePort();
  const url = `mongodb://127.0.0.1:${port}/`;
  const args = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', folder];
  const more = ['--sync-on-commit', '--log-level', 'WARNING'];
  const only = kind === 'standalone' ? ['--standalone'] : [];
  const server = new ServerProcess(
    findProgram(PROGRAM) ?? PROGRAM,
    [...args, ...more, ...only],
    {},
    () => execute(url, 'admin', { ping: 1 }),
  );
  await server.start();
  await announce(kind, url, 'started by the test');
  return {
    url,
    createDatabase: fresh,
    ...(server.pid === undefined ? {} : { pid: server.pid }),
    kill: () => server.stop('SIGKILL'),
    stop: () => server.stop('SIGTERM'),
    start: () => server.start(),
    remove: async () => {
      await server.stop('SIGKILL');
      removeFolder(folder);
    },
  };
}

/** Runs a command of the database. */
export async function execute(
  url: string,
  database: string,
  command: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const connection = createConnection(url, {
    dbName: database,
    serverSelectionTimeoutMS: 2_000,
    bufferCommands: false,
  });
  try {
    const { db } = await connection.asPromise();
    return (await db?.command(command)) ?? {};
  } finally {
    await connection.close();
  }
}

const announced = new Set<string>();

/** Prints which server answers: the figures and quirks of one are not those of the other. */
async function announce(kind: MongoKind, url: string, origin: string): Promise<void> {
  const { version } = await execute(url, 'admin', { buildInfo: 1 });
  const name = origin === 'started by the test' ? 'SecantusDB' : 'MongoDB server';
  const line = `MongoDB, ${kind}: ${name} (${origin}), which calls itself ${String(version)}`;
  if (announced.has(line)) return;
  announced.add(line);
  console.info(line);
}
