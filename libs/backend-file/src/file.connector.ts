import { promises as fs } from 'node:fs';
import { resolve } from 'node:path';
import type { Connector, ResourceStore } from '#backend';
import { checkPrivateFolder, FolderLock, preparePrivateFolders, Serial } from '#durable';
import type { ResourceType } from '#scim';
import { Intake } from './disk/intake.js';
import { Journal } from './disk/journal.js';
import { collectionProblem, Layout } from './disk/layout.js';
import { loadShelf } from './disk/loading.js';
import { FileBackend } from './file.backend.js';
import { DEFAULTS, type FileBackendOptions } from './file.options.js';
import { FileReader } from './file.reader.js';
import { FileStore } from './file.store.js';
import { newShelf, Shelves } from './memory/shelves.js';
import { Attention } from './watch/attention.js';
import { Presence } from './watch/presence.js';
import { Checkpoints } from './write/checkpoints.js';
import { Deletions } from './write/deletions.js';
import { FileWriter } from './write/file.writer.js';
import { runWrites } from './write/run-writes.js';
import { Transactions } from './write/transaction.js';

const NAME = { title: 'The data folder', setting: 'DATA_PATH' } as const;

/** Takes over a data folder: one process serves it at a time. */
export class FileConnector implements Connector {
  private readonly options: Required<FileBackendOptions>;
  private readonly layout: Layout;

  constructor(options: FileBackendOptions) {
    this.options = { ...DEFAULTS, report: () => undefined, ...options };
    this.layout = new Layout(resolve(options.dataPath));
  }

  async open(types: readonly ResourceType[]): Promise<FileBackend | FileReader> {
    checkCollections(types);
    if (this.options.readOnly) return FileReader.open(types, this.layout, this.options.report);
    await makeFolders(this.layout, types);
    const { root, lock: path } = this.layout;
    const lock = new FolderLock({
      path,
      heartbeatEvery: this.options.heartbeatEvery,
      abandonedAfter: this.options.abandonedAfter,
      refusal: (who) =>
        `The data folder ${root} is in use by ${who}. Stop it, or set DATA_PATH to ` +
        'another folder; one folder is served by one process.',
    });
    await lock.acquire();
    try {
      return await this.start(types, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Another process may be serving the folder. */
  async reach(): Promise<void> {
    const { root } = this.layout;
    await checkPrivateFolder(root, NAME);
  }

  private async start(types: readonly ResourceType[], lock: FolderLock): Promise<FileBackend> {
    const layout = this.layout;
    const { report } = this.options;
    const presence = new Presence(lock);
    const serial = new Serial();
    const journal = new Journal(layout, report, (task) => serial.run(task));
    await journal.recover();
    await emptyFolder(layout.temporary);
    const list = types.map((type) => newShelf(type, layout.folder(type), layout.sidecars(type)));
    const shelves = new Shelves(list);
    const intake: Intake = new Intake(shelves, presence, report, {
      noteSidecar: (shelf, entry) => checkpoints.note(shelf, entry),
      settle: (collection, name) => journal.settle(collection, name),
    });
    const checkpoints = new Checkpoints(shelves, layout, serial, report, {
      settleAfter: this.options.settleAfter,
      refresh: async (shelf, name) => {
        await presence.sure();
        return intake.refresh(shelf, name);
      },
      sure: () => presence.sure(),
    });
    const transactions = new Transactions(shelves, layout, journal, checkpoints);
    const writer = new FileWriter(shelves, layout, intake, transactions, report);
    const attention = new Attention(intake, presence, serial, report, this.options);
    attention.watch(list);
    try {
      await serial.run(async () => {
        for (const shelf of list) await loadShelf(shelf, intake, layout, report);
        presence.opened(); // before what was noticed meanwhile is looked at
      });
      // Reading takes long where there is much: long enough for others to have taken the folder.
      await presence.verify();
    } catch (error) {
      attention.stop();
      throw error;
    }
    const run = runWrites(serial, presence);
    const deletions = new Deletions(shelves, intake, transactions, writer, run);
    const stores = list.map((shelf): [string, ResourceStore] => [
      shelf.type.name,
      new FileStore(shelves, shelf, presence, { writer, deletions, run }),
    ]);
    checkpoints.start();
    attention.start(list);
    return new FileBackend({
      layout,
      stores: new Map(stores),
      attention,
      checkpoints,
      journal,
      presence,
      serial,
      lock,
    });
  }
}

function checkCollections(types: readonly ResourceType[]): void {
  const collections = types.map(({ collection }) => collection);
  for (const { name, collection } of types) {
    const problem = collectionProblem(collection);
    const twice = collections.filter((other) => other === collection).length > 1;
    const why = problem ?? (twice ? 'is also that of another resource type' : undefined);
    if (why === undefined) continue;
    throw new Error(`The folder name "${collection}" of resource type ${name} ${why}.`);
  }
}

async function makeFolders(layout: Layout, types: readonly ResourceType[]): Promise<void> {
  const { root, own, temporary, intents, rejected } = layout;
  const folders = types.flatMap((type) => [layout.folder(type), layout.sidecars(type)]);
  await preparePrivateFolders(root, [own, temporary, intents, rejected, ...folders], NAME);
}

/** What a crash left half written. */
async function emptyFolder(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    await fs.rm(`${folder}/${name}`, { recursive: true, force: true });
  }
}
