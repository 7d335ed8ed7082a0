import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import type { Report } from '../file.options.js';
import type { Shelf } from '../memory/shelves.js';
import { type FileRead, type Intake, pathOf, type Unfit } from './intake.js';
import { type Layout, rejectedPath } from './layout.js';
import { isResourceName } from './names.js';
import { listSegments, segmentPath } from './sidecar.js';

/** Files after which timers have their turn: one of them refreshes the lock. */
const IN_A_ROW = 64;
/** Time in which the system reads a file that it has in its cache, by far, in ms. */
const QUICK = 2;
/** Rows for which a slow disk is taken for slow. */
const SLOW_FOR = 16;

/** Takes in all files of a type that has nothing in memory yet, and clears away what has no file. */
export async function loadShelf(
  shelf: Shelf,
  intake: Intake,
  layout: Layout,
  report: Report,
): Promise<void> {
  const segments = await listSegments(shelf.sidecars);
  const names = await readShelf(shelf, intake, segments);
  await setOrphansAside(shelf, names, segments, layout, report);
}

/**
 * Takes in all files of a type that has nothing in memory yet, and leaves the folder as it is.
 * @param segments of the sidecars, by the file's name
 * @returns the names of the files
 */
export async function readShelf(
  shelf: Shelf,
  intake: Intake,
  segments: ReadonlyMap<string, readonly number[]>,
): Promise<readonly string[]> {
  const names = (await fs.readdir(shelf.folder)).filter(isResourceName).sort();
  shelf.table.startLoading();
  let slow = 0;
  for (let at = 0; at < names.length; at += IN_A_ROW) {
    const row = names.slice(at, at + IN_A_ROW);
    const started = performance.now();
    // What the system has in its cache is read quicker than a thread is asked for it, four times a
    // file; a disk that has to be waited for is better waited for by several threads.
    const reads =
      slow > 0
        ? await Promise.all(row.map((name) => intake.read(shelf, name, segments.get(name) ?? [])))
        : await inPlace(shelf, intake, row, segments);
    slow = performance.now() - started > QUICK * row.length ? SLOW_FOR : Math.max(0, slow - 1);
    for (const read of reads) if (read !== undefined) intake.accept(shelf, read);
    await new Promise(setImmediate);
  }
  shelf.table.sort();
  return names;
}

async function setOrphansAside(
  shelf: Shelf,
  names: readonly string[],
  segments: ReadonlyMap<string, readonly number[]>,
  layout: Layout,
  report: Report,
): Promise<void> {
  const present = new Set(names);
  for (const [name, numbers] of segments) {
    if (shelf.refused.has(name)) shelf.orphaned.add(name);
    if (present.has(name)) continue;
    // The file was removed while nobody was looking; a new one of that name is another resource.
    for (const number of numbers) {
      const path = segmentPath(shelf.sidecars, name, number);
      await fs.mkdir(join(layout.rejected, shelf.type.collection), { recursive: true });
      await fs.rename(path, join(layout.root, rejectedPath(shelf.type, basename(path))));
    }
    const message =
      'The file is gone; changes that were not in it yet were moved to .scim/rejected.';
    report({ kind: 'set-aside', path: pathOf(shelf, name), message });
  }
}

async function inPlace(
  shelf: Shelf,
  intake: Intake,
  names: readonly string[],
  segments: ReadonlyMap<string, readonly number[]>,
): Promise<readonly (FileRead | Unfit | undefined)[]> {
  const reads: (FileRead | Unfit | undefined)[] = [];
  for (const name of names) {
    const numbers = segments.get(name);
    reads.push(
      numbers === undefined
        ? intake.readInPlace(shelf, name)
        : await intake.read(shelf, name, numbers),
    );
  }
  return reads;
}
