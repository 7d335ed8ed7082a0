import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Environment } from '../place/environment.js';
import { CommandError } from '../terminal/exit-codes.js';

/** What an import reads: a file of lines or a table, or a store that has resources. */
export type Origin =
  | {
      readonly kind: 'lines' | 'table';
      readonly file: string;
      /** Another state of the file is another file. */
      readonly edition: string;
      /** What the names of the job and the report begin with. */
      readonly name: string;
      remove(): void;
    }
  | { readonly kind: 'store'; readonly environment: Environment; readonly name: string };

/** Where what belongs to no file goes. */
const HERE = 'scimctl-import';

/**
 * @param what a file, a folder of flat files, the address of a SCIM server, or `-` for standard input
 * @param keyFile has the key of the server; else FORWARD_SCIM_KEY of the environment
 * @throws CommandError
 */
export async function originOf(
  what: string,
  {
    keyFile,
    input,
  }: { readonly keyFile?: string | undefined; readonly input: NodeJS.ReadableStream },
): Promise<Origin> {
  if (what === '-') return spooled(input);
  if (/^https?:\/\//i.test(what)) {
    const key = keyFile === undefined ? process.env.FORWARD_SCIM_KEY : reading(keyFile, readKey);
    if (key === undefined || key === '') {
      throw new CommandError('The key of the server is missing: --key-file, or FORWARD_SCIM_KEY.');
    }
    const environment = { FORWARD_SCIM_URL: what, FORWARD_SCIM_KEY: key };
    return { kind: 'store', environment, name: HERE };
  }
  const { isFolder, edition } = reading(what, (path) => {
    const stat = statSync(path);
    return { isFolder: stat.isDirectory(), edition: `${stat.size} ${stat.mtimeMs}` };
  });
  if (isFolder) return { kind: 'store', environment: { DATA_PATH: resolve(what) }, name: HERE };
  const kind = extname(what).toLowerCase() === '.csv' ? 'table' : 'lines';
  return { kind, file: what, edition, name: what, remove: () => undefined };
}

/** Everything is read twice, which standard input cannot be. */
async function spooled(input: NodeJS.ReadableStream): Promise<Origin> {
  const folder = mkdtempSync(join(tmpdir(), 'scimctl-'));
  const file = join(folder, 'input.ndjson');
  const digest = createHash('sha256');
  const counting = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      digest.update(chunk);
      done(null, chunk);
    },
  });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await pipeline(input, counting, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    remove();
    throw error;
  }
  return { kind: 'lines', file, edition: digest.digest('hex'), name: HERE, remove };
}

function readKey(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

function reading<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The file cannot be read: ${why}.`);
  }
}
