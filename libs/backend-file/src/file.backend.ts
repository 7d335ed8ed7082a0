import { promises as fs } from 'node:fs';
import { resolve } from 'node:path';
import { type Backend, BackendError, type Capabilities, type ResourceStore } from '#backend';
import { FolderLock, isSystemError, preparePrivateFolders, Serial } from '#durable';
import type { ResourceType } from '#scim';
import { Intake } from './disk/intake.js';
import { Journal } from './disk/journal.js';
import { collectionProblem, Layout } from './disk/layout.js';
import { loadShelf } from './disk/loading.js';
import { DEFAULTS, type FileBackendOptions, type Report } from './file.options.js';
import { FileStore, type RunWrite } from './file.store.js';
import { newShelf, Shelves } from './memory/shelves.js';
import { Attention } from './watch/attention.js';
import { Presence, unavailable } from './watch/presence.js';
import { Checkpoints } from './write/checkpoints.js';
import { FileWriter } from './write/file.writer.js';
import { Transactions } from './write/transaction.js';

const SUPPORTS: Capabilities = Object.freeze({
  cas: 'process',
  unique: 'process',
  inverses: true,
  cascade: true,
  targets: true,
});

/** What exists between open and close. */
interface Running {
  readonly stores: ReadonlyMap<string, ResourceStore>;
  readonly attention: Attention;
  readonly checkpoints: Checkpoints;
}

/**
 * Keeps resources as files, one each, under `dataPath`, and serves them from memory. One process
 * serves a folder. Writes happen one after another: check, make durable, make visible, answer.
 */
export class FileBackend implements Backend {
  readonly supports = SUPPORTS;
  readonly #options: Required<FileBackendOptions>;
  readonly #layout: Layout;
  readonly #lock: FolderLock;
  readonly #presence: Presence;
  readonly #serial = new Serial();
  readonly #report: Report;
  #running: Running | undefined;

  constructor(options: FileBackendOptions) {
    this.#options = { ...DEFAULTS, report: () => undefined, ...options };
    this.#report = this.#options.report;
    this.#layout = new Layout(resolve(options.dataPath));
    this.#lock = new FolderLock({
      path: this.#layout.lock,
      heartbeatEvery: this.#options.heartbeatEvery,
      abandonedAfter: this.#options.abandonedAfter,
      refusal: (who) =>
        `The data folder ${this.#layout.root} is in use by ${who}. Stop it, or set DATA_PATH to ` +
        'another folder; one folder is served by one process.',
    });
    this.#presence = new Presence(this.#lock);
  }

  async open(types: readonly ResourceType[]): Promise<void> {
    if (this.#running !== undefined) throw new Error('The file backend is open already.');
    await this.#makeFolders(types);
    await this.#lock.acquire();
    try {
      await this.#start(types);
    } catch (error) {
      await this.#lock.release();
      throw error;
    }
  }

  async #start(types: readonly ResourceType[]): Promise<void> {
    const layout = this.#layout;
    const report = this.#report;
    const journal = new Journal(layout, report);
    await journal.recover();
    await emptyFolder(layout.temporary);
    const list = types.map((type) => newShelf(type, layout.folder(type), layout.sidecars(type)));
    const shelves = new Shelves(list);
    const intake: Intake = new Intake(shelves, this.#presence, report, (shelf, entry) =>
      checkpoints.note(shelf, entry),
    );
    const checkpoints = new Checkpoints(shelves, layout, this.#serial, report, {
      settleAfter: this.#options.settleAfter,
      refresh: async (shelf, name) => {
        await this.#presence.sure();
        return intake.refresh(shelf, name);
      },
      sure: () => this.#presence.sure(),
    });
    const transactions = new Transactions(shelves, layout, journal, checkpoints);
    const writer = new FileWriter(shelves, layout, intake, transactions, report);
    const attention = new Attention(intake, this.#presence, this.#serial, report, this.#options);
    attention.watch(list);
    try {
      await this.#serial.run(async () => {
        for (const shelf of list) await loadShelf(shelf, intake, layout, report);
        this.#presence.opened(); // before what was noticed meanwhile is looked at
      });
      // Reading takes long where there is much: long enough for others to have taken the folder.
      await this.#presence.verify();
    } catch (error) {
      attention.stop();
      throw error;
    }
    const stores = list.map((shelf): [string, ResourceStore] => [
      shelf.type.name,
      new FileStore(shelves, shelf, this.#presence, writer, this.#run),
    ]);
    this.#running = { stores: new Map(stores), attention, checkpoints };
    checkpoints.start();
    attention.start(list);
  }

  async close(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.attention.stop();
    await this.#serial.idle();
    await running.checkpoints.finish();
    this.#presence.closed();
    await this.#serial.idle();
    await this.#lock.release();
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#presence.verify();
  }

  store(type: ResourceType): ResourceStore {
    const store = this.#running?.stores.get(type.name);
    if (store === undefined) throw new Error(`The file backend is not open for ${type.name}.`);
    return store;
  }

  readonly #run: RunWrite = (signal, write) =>
    this.#serial.run(async () => {
      signal?.throwIfAborted();
      await this.#presence.sure();
      try {
        return await write();
      } catch (error) {
        if (error instanceof BackendError || !isSystemError(error)) throw error;
        await this.#presence.verify(); // says so if the folder itself is gone
        throw unavailable('The data folder cannot be written.', error);
      }
    });

  async #makeFolders(types: readonly ResourceType[]): Promise<void> {
    const { root, own, temporary, intents, rejected } = this.#layout;
    const collections = types.map(({ collection }) => collection);
    for (const { name, collection } of types) {
      const problem = collectionProblem(collection);
      const twice = collections.filter((other) => other === collection).length > 1;
      const why = problem ?? (twice ? 'is also that of another resource type' : undefined);
      if (why === undefined) continue;
      throw new Error(`The folder name "${collection}" of resource type ${name} ${why}.`);
    }
    const folders = types.flatMap((type) => [
      this.#layout.folder(type),
      this.#layout.sidecars(type),
    ]);
    await preparePrivateFolders([root, own, temporary, intents, rejected, ...folders], {
      title: 'The data folder',
      setting: 'DATA_PATH',
    });
  }
}

/** What a crash left half written. */
async function emptyFolder(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    await fs.rm(`${folder}/${name}`, { recursive: true, force: true });
  }
}
