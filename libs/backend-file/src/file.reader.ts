import { promises as fs } from 'node:fs';
import { type Backend, BackendError, type Capabilities, type ResourceStore } from '#backend';
import { unlessMissing } from '#durable';
import type { ResourceType } from '#scim';
import { Intake } from './disk/intake.js';
import type { Layout } from './disk/layout.js';
import { readShelf } from './disk/loading.js';
import { listSegments } from './disk/sidecar.js';
import { FILE_SUPPORTS } from './file.backend.js';
import type { Report } from './file.options.js';
import { FileStore } from './file.store.js';
import { newShelf, Shelves } from './memory/shelves.js';
import { unavailable } from './watch/presence.js';

/**
 * What lies in a data folder, read once, while another process may serve it: nothing is locked,
 * watched or mended. Changes of several files that a crash cut off show as far as they got.
 */
export class FileReader implements Backend {
  readonly supports: Capabilities = FILE_SUPPORTS;

  private constructor(
    private readonly root: string,
    private readonly stores: ReadonlyMap<string, ResourceStore>,
  ) {}

  /** @throws Error if the folder cannot be read */
  static async open(
    types: readonly ResourceType[],
    layout: Layout,
    report: Report,
  ): Promise<FileReader> {
    await readable(layout.root);
    const list = types.map((type) => newShelf(type, layout.folder(type), layout.sidecars(type)));
    const shelves = new Shelves(list);
    const presence = { sure: async () => undefined, verify: async () => false };
    const intake = new Intake(shelves, presence, report, {
      noteSidecar: () => undefined,
      settle: async () => undefined,
    });
    for (const shelf of list) {
      if ((await unlessMissing(fs.stat(shelf.folder))) === undefined) continue;
      const segments = await unlessMissing(listSegments(shelf.sidecars));
      await readShelf(shelf, intake, segments ?? new Map());
    }
    const stores = list.map((shelf): [string, ResourceStore] => [
      shelf.type.name,
      new FileStore(shelves, shelf, presence),
    ]);
    return new FileReader(layout.root, new Map(stores));
  }

  async close(): Promise<void> {}

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await readable(this.root).catch((cause: unknown) => {
      throw unavailable('The data folder cannot be read.', cause);
    });
  }

  async pingWrites(): Promise<void> {
    throw new BackendError('unsupported', 'The data folder was opened for reading only.');
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`The file backend is not open for ${type.name}.`);
    return store;
  }
}

async function readable(root: string): Promise<void> {
  try {
    await fs.access(root, fs.constants.R_OK | fs.constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The data folder ${root} cannot be read: ${why}.`, { cause });
  }
}
