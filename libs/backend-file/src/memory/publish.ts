import type { Change } from '../write/changes.js';
import { Entry } from './entry.js';
import type { Shelves } from './shelves.js';

/** Makes a change visible to readers; what is on the disk is the caller's concern. */
export function publish(shelves: Shelves, change: Change): Entry {
  switch (change.kind) {
    case 'write':
      return publishWrite(shelves, change);
    case 'delta':
      return publishDelta(shelves, change);
    case 'remove':
      return publishRemoval(shelves, change);
  }
}

function publishWrite(shelves: Shelves, change: Change & { kind: 'write' }): Entry {
  const { shelf, stored } = change;
  const entry = change.entry ?? new Entry(shelf.type, change.name, stored);
  linkAll(shelves, entry, change);
  if (change.entry === undefined) shelf.table.insert(entry);
  else shelf.table.update(entry, stored);
  return entry;
}

/** Gives an entry its relations; for one that is not in its table yet. */
export function linkAll(
  shelves: Shelves,
  entry: Entry,
  { relations }: Pick<Change & { kind: 'write' }, 'relations'>,
): void {
  for (const [name, next] of relations) {
    const members = entry.relations.get(name);
    if (members === undefined || (next.added.length === 0 && next.removed.length === 0)) continue;
    for (const value of next.removed) shelves.unlink(value, members);
    for (const value of next.added) shelves.link(value, members);
    members.replace(next.elements, next.sum);
  }
}

function publishDelta(shelves: Shelves, change: Change & { kind: 'delta' }): Entry {
  const { shelf, entry, line, stored } = change;
  for (const [name, { add, remove }] of line.relations) {
    const members = entry.relations.get(name);
    if (members === undefined) continue;
    for (const value of remove) {
      members.delete(value);
      shelves.unlink(value, members);
    }
    for (const { value, extra } of add) {
      members.add(value, extra);
      shelves.link(value, members);
    }
  }
  shelf.table.update(entry, stored);
  return entry;
}

function publishRemoval(shelves: Shelves, { shelf, entry }: Change & { kind: 'remove' }): Entry {
  shelf.table.remove(entry);
  for (const members of entry.relations.values()) {
    for (const value of members.elements.keys()) shelves.unlink(value, members);
  }
  return entry;
}
