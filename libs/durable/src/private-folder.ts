import { constants, promises as fs, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder, unlessMissing } from './disk.js';
import { within } from './within.js';

/** How long a folder has to answer, in ms. */
const LIMIT = 15_000;
const OTHERS_MAY_WRITE = 0o002;
/** In such a folder, `/tmp` above all, nobody moves or removes what is another's. */
const STICKY = 0o1000;

/** What to call a folder in messages, and which setting names it. */
export interface FolderName {
  /** E.g. `The data folder`. */
  readonly title: string;
  /** E.g. `DATA_PATH`. */
  readonly setting: string;
}

/**
 * Makes folders for what is private, where they are missing, and makes sure that they can be used,
 * and by nobody else.
 * @param named the folder that people have named; it may be one like `/tmp`, where everybody may
 *   make a folder, if those within are our own
 * @param inner folders in it
 * @throws Error with the system's own words, and what to do
 */
export async function preparePrivateFolders(
  named: string,
  inner: readonly string[],
  { title, setting }: FolderName,
): Promise<void> {
  const late = `it does not answer for ${LIMIT / 1000} seconds`;
  try {
    const { mode } = await within(LIMIT, prepare(named, inner.length > 0), late);
    const isShared = (mode & OTHERS_MAY_WRITE) !== 0;
    for (const folder of inner) {
      const { uid } = await within(LIMIT, prepare(folder, false), late);
      const own = process.geteuid?.();
      if (isShared && own !== undefined && uid !== own) throw await strangers(folder, own);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const advice =
      cause instanceof OpenFolderError
        ? `Run: ${cause.command}`
        : `Set ${setting} to a folder that this process may read and write.`;
    throw new Error(`${title} ${named} cannot be used: ${why}. ${advice}`, { cause });
  }
}

/**
 * The same of one folder, and without making it: where it is missing, the folder that it would be
 * made in is looked at.
 * @throws as `preparePrivateFolders`
 */
export async function checkPrivateFolder(named: string, name: FolderName): Promise<void> {
  const there = await nearest(resolve(named));
  if (there === resolve(named)) return preparePrivateFolders(named, [], name);
  try {
    await fs.access(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name.title} ${named} cannot be made: ${why}.`, { cause });
  }
}

async function nearest(folder: string): Promise<string> {
  const found = await unlessMissing(fs.stat(folder));
  return found !== undefined || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

/** A folder that others can write to, and the command that mends it. */
class OpenFolderError extends Error {
  constructor(
    message: string,
    readonly command: string,
  ) {
    super(message);
  }
}

async function prepare(folder: string, mayBeShared: boolean): Promise<Stats> {
  await makeFolder(folder);
  await fs.access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const stat = await fs.stat(folder); // where a link leads counts, not the link
  const isOpen = (stat.mode & OTHERS_MAY_WRITE) !== 0;
  if (!isOpen || (mayBeShared && (stat.mode & STICKY) !== 0)) return stat;
  const real = await fs.realpath(folder);
  const message = `everybody on this machine may write to ${real}`;
  throw new OpenFolderError(message, `chmod o-w ${quoted(real)}`);
}

async function strangers(folder: string, own: number): Promise<OpenFolderError> {
  const real = await fs.realpath(folder);
  return new OpenFolderError(`${real} belongs to another user`, `chown ${own} ${quoted(real)}`);
}

/** As a shell takes it literally. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
