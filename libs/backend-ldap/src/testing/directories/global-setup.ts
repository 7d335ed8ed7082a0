import type { DirectoryKind } from './directory-server.js';
import { dirsrv } from './dirsrv.js';
import { samba } from './samba.js';
import { unboundid } from './unboundid.js';

const KINDS: readonly DirectoryKind[] = [dirsrv, unboundid, samba];

/** Starts the server that `DIRECTORY` names, for all tests of a run. */
export default async function setup(): Promise<() => Promise<void>> {
  const kind = KINDS.find(({ name }) => name === process.env.DIRECTORY);
  if (kind === undefined) {
    const names = KINDS.map(({ name }) => name).join(', ');
    throw new Error(`DIRECTORY is "${process.env.DIRECTORY ?? ''}", and not one of ${names}`);
  }
  const { stop, ...server } = await kind.start();
  const { name, layouts } = kind;
  process.env.DIRECTORY_RUNNING = JSON.stringify({ name, layouts, ...server });
  return stop;
}
