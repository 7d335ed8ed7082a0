import { constants, promises as fs } from 'node:fs';
import { makeFolder } from './disk.js';
import { within } from './within.js';

/** How long a folder has to answer, in ms. */
const LIMIT = 15_000;
const OTHERS_MAY_WRITE = 0o002;

/** What to call a folder in messages, and which setting names it. */
export interface FolderName {
  /** E.g. `The data folder`. */
  readonly title: string;
  /** E.g. `DATA_PATH`. */
  readonly setting: string;
}

/**
 * Makes folders for what is private, where they are missing, and makes sure that they can be used.
 * @param folders the first is the one that people have named
 * @throws Error with the system's own words, and what to do
 */
export async function preparePrivateFolders(
  folders: readonly string[],
  { title, setting }: FolderName,
): Promise<void> {
  const [named = ''] = folders;
  const what = `${title} ${named}`;
  try {
    for (const folder of folders) {
      await within(LIMIT, prepare(folder), `it does not answer for ${LIMIT / 1000} seconds`);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const advice =
      cause instanceof OpenToOthersError
        ? `Run: chmod o-w ${quoted(cause.folder)}`
        : `Set ${setting} to a folder that this process may read and write.`;
    throw new Error(`${what} cannot be used: ${why}. ${advice}`, { cause });
  }
}

class OpenToOthersError extends Error {
  constructor(readonly folder: string) {
    super(`everybody on this machine may write to ${folder}`);
  }
}

async function prepare(folder: string): Promise<void> {
  await makeFolder(folder);
  await fs.access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  // Where a link leads counts, not the link.
  const real = await fs.realpath(folder);
  if (((await fs.stat(real)).mode & OTHERS_MAY_WRITE) !== 0) throw new OpenToOthersError(real);
}

/** As a shell takes it literally. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
