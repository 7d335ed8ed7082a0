import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { appendDurably, errorCode, makeFolder, unlessMissing } from '#durable';

/** One change on the disk; doing it twice is doing it once. Paths are relative to DATA_PATH. */
export type Step =
  | { readonly do: 'replace'; readonly from: string; readonly to: string }
  | { readonly do: 'append'; readonly path: string; readonly text: string }
  | { readonly do: 'remove'; readonly folder: string; readonly paths: readonly string[] }
  | { readonly do: 'set-aside'; readonly from: string; readonly to: string };

/**
 * Does a step; it is on the disk once the folders that it changes are.
 * @param redo it may have been done before, and its source be gone for that
 */
export async function runStep(root: string, step: Step, redo: boolean): Promise<void> {
  switch (step.do) {
    case 'append':
      return appendDurably(join(root, step.path), step.text);
    case 'remove':
      for (const path of step.paths) await unlessMissing(fs.unlink(join(root, path)));
      return;
    case 'set-aside':
      await makeFolder(dirname(join(root, step.to)));
      return move(root, step, redo);
    case 'replace':
      return move(root, step, redo);
  }
}

async function move(
  root: string,
  { from, to }: { readonly from: string; readonly to: string },
  redo: boolean,
): Promise<void> {
  await fs.rename(join(root, from), join(root, to)).catch((error: unknown) => {
    if (!redo || errorCode(error) !== 'ENOENT') throw error;
  });
}

/** The folders whose entries a step changes, but for temporary ones. */
export function foldersOf(step: Step): readonly string[] {
  switch (step.do) {
    case 'append':
      return []; // it cares for that itself
    case 'remove':
      return [step.folder];
    case 'set-aside':
      return [dirname(step.from), dirname(step.to)];
    case 'replace':
      return [dirname(step.to)];
  }
}

/** The files of resources that a step changes, directly or in their sidecars. */
export function resourcesOf(step: Step): readonly string[] {
  switch (step.do) {
    case 'append':
      return [resourceOf(step.path)];
    case 'remove':
      return step.paths.map(resourceOf);
    case 'set-aside':
      return [resourceOf(step.from)];
    case 'replace':
      return [resourceOf(step.to)];
  }
}

/** `.scim/Groups/<name>.<n>.delta` belongs to `Groups/<name>`. */
function resourceOf(path: string): string {
  return /^\.scim\/(.+)\.\d+\.delta$/s.exec(path)?.[1] ?? path;
}
