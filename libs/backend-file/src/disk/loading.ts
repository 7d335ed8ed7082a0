import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import type { Report } from '../file.options.js';
import type { Shelf } from '../memory/shelves.js';
import { type Intake, pathOf } from './intake.js';
import { type Layout, rejectedPath } from './layout.js';
import { isResourceName } from './names.js';
import { listSegments, segmentPath } from './sidecar.js';

/** Files read at once: enough to keep a disk busy, few enough for the limit of open files. */
const AT_ONCE = 64;

/** Takes in all files of a type that has nothing in memory yet. */
export async function loadShelf(
  shelf: Shelf,
  intake: Intake,
  layout: Layout,
  report: Report,
): Promise<void> {
  const segments = await listSegments(shelf.sidecars);
  const names = (await fs.readdir(shelf.folder)).filter(isResourceName).sort();
  shelf.table.startLoading();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const reads = await Promise.all(
      names
        .slice(at, at + AT_ONCE)
        .map((name) => intake.read(shelf, name, segments.get(name) ?? [])),
    );
    for (const read of reads) if (read !== undefined) intake.accept(shelf, read);
  }
  shelf.table.sort();
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
