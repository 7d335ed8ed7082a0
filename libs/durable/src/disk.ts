import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';

/** What is kept here is about people: for this process's user alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** What tells a file apart from what it was when it was last read or written. */
export interface Signature {
  readonly ino: number;
  readonly mtimeMs: number;
  readonly size: number;
}

export function sameSignature(a: Signature | undefined, b: Signature | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.ino === b.ino && a.mtimeMs === b.mtimeMs && a.size === b.size;
}

/** Undefined when there is no such file. */
export async function signatureOf(path: string): Promise<Signature | undefined> {
  const stat = await unlessMissing(fs.stat(path));
  return stat && { ino: stat.ino, mtimeMs: stat.mtimeMs, size: stat.size };
}

/** A new file, for its owner alone. @throws system errors, `EEXIST` among them */
export async function createFile(path: string): Promise<fs.FileHandle> {
  const handle = await fs.open(path, 'wx', FILE_MODE);
  await keepPrivate(handle, (await handle.stat()).mode);
  return handle;
}

/** An unusual umask may take away what the owner needs. */
async function keepPrivate(handle: fs.FileHandle, mode: number): Promise<void> {
  if ((mode & 0o777) !== FILE_MODE) await handle.chmod(FILE_MODE);
}

/** Makes a folder, and those above it, for their owner alone; one that is there stays as it is. */
export async function makeFolder(path: string): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  if (((await fs.stat(path)).mode & 0o777) !== FOLDER_MODE) await fs.chmod(path, FOLDER_MODE);
}

/** Writes a new file that is on the disk when this resolves; leaves nothing behind if it fails. */
export async function writeTemporary(path: string, chunks: Iterable<string>): Promise<Signature> {
  try {
    const handle = await fs.open(path, 'wx', FILE_MODE);
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
      const { ino, mtimeMs, size, mode } = await handle.stat();
      await keepPrivate(handle, mode);
      return { ino, mtimeMs, size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    await removeQuietly(path);
    throw error;
  }
}

/** Puts a written file in the place of another, so that a reader sees the one or the other. */
export async function moveInto(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await syncFolder(dirname(to));
}

/** Adds text to the end of a file, on the disk when this resolves; takes it back if that fails. */
export async function appendDurably(path: string, text: string): Promise<void> {
  const handle = await fs.open(path, 'a', FILE_MODE);
  let size: number | undefined;
  try {
    const stat = await handle.stat();
    size = stat.size;
    if (size === 0) await keepPrivate(handle, stat.mode);
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    if (size !== undefined) await handle.truncate(size).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  if (size === 0) await syncFolder(dirname(path));
}

/** Removes files of one folder; those that are not there are no error. */
export async function removeDurably(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await unlessMissing(fs.unlink(path));
  await syncFolder(folder);
}

export async function removeQuietly(path: string): Promise<void> {
  await fs.unlink(path).catch(() => undefined);
}

/** A file's name is on the disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits for a file operation; undefined where the file does not exist. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The code of a system error, e.g. `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** True for what the operating system answered (`ENOSPC`); Node's own codes start with `ERR_`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return /^E(?!RR_)/.test(errorCode(error) ?? '');
}
