import type { Changed, Deletion, Stored, WriteContext } from '#backend';
import { dropReference } from '#scim';
import type { Intake } from '../disk/intake.js';
import { changedElements, type RecordedChange } from '../disk/sidecar.js';
import type { Step } from '../disk/steps.js';
import { toStored } from '../file.mapping.js';
import type { Entry } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import { type Change, type NextRelations, nextRelations, sumsOf } from './changes.js';
import { checkVersion, deltaOf, type FileWriter } from './file.writer.js';
import type { RunWrite } from './run-writes.js';
import type { Prepared, Transactions } from './transaction.js';

/** Files that a delete writes while others wait; if there are more, they are written before. */
const FEW = 16;

/** A change of another resource, which exists. */
type Other = Change & { readonly stored: Stored; readonly entry: Entry };

/** A file that was written before the delete takes its turn, and of what. */
interface Early {
  readonly change: Other;
  readonly prepared: Prepared;
  /** What the referrer was then; if it is another one by now, the file is no good. */
  readonly base: Stored;
}

/**
 * Deletes a resource and takes it out of the relations and references of all others, as one change.
 * The files of thousands of reports (`manager`) are written while others write, too: only putting
 * them in place has to be alone.
 */
export class Deletions {
  constructor(
    private readonly shelves: Shelves,
    private readonly intake: Intake,
    private readonly transactions: Transactions,
    private readonly writer: FileWriter,
    private readonly run: RunWrite,
  ) {}

  async delete(shelf: Shelf, id: string, context: WriteContext): Promise<Deletion | undefined> {
    const early = new Map<Entry, Early>();
    try {
      // What fails here fails again when it is done in turn, and is told then.
      await this.writeEarly(shelf, id, context, early).catch(() => undefined);
      return await this.run(context.signal, () => this.remove(shelf, id, context, early));
    } finally {
      for (const { prepared } of early.values()) await this.transactions.discard(prepared);
    }
  }

  private async writeEarly(
    shelf: Shelf,
    id: string,
    context: WriteContext,
    early: Map<Entry, Early>,
  ): Promise<void> {
    const entry = shelf.table.get(id);
    const { ifVersion } = context;
    if (
      entry === undefined ||
      (ifVersion ?? entry.stored.meta.version) !== entry.stored.meta.version
    )
      return;
    const referrers = [...this.shelves.referrersOf(shelf.type, id)];
    if (referrers.length <= FEW) return;
    for (let at = 0; at < referrers.length; at += FEW) {
      const some = referrers.slice(at, at + FEW);
      await this.run(context.signal, async () => {}); // fails if the folder is not ours to write to
      await Promise.all(
        some.map(async ({ home, referrer }) => {
          const base = referrer.stored;
          const change = this.withoutReference(home, referrer, entry, context.now, undefined);
          if (change === undefined) return;
          early.set(referrer, { change, base, prepared: await this.transactions.prepare(change) });
        }),
      );
    }
  }

  private async remove(
    shelf: Shelf,
    id: string,
    context: WriteContext,
    early: Map<Entry, Early>,
  ): Promise<Deletion | undefined> {
    const known = shelf.table.get(id);
    if (known === undefined) return undefined;
    // Files that were just edited by hand are not overwritten.
    const referrers = [...this.shelves.referrersOf(shelf.type, id)];
    await this.intake.refreshAll([
      { shelf, name: known.name },
      ...referrers.map(({ home, referrer }) => ({ shelf: home, name: referrer.name })),
    ]);
    const entry = shelf.table.get(id);
    if (entry === undefined) return undefined;
    checkVersion(entry, context);
    const others = this.others(shelf, entry, context.now, early);
    const ready = new Map<Change, Prepared>();
    for (const change of others) {
      const known = early.get(change.entry);
      if (known?.change !== change) continue;
      ready.set(change, known.prepared);
      early.delete(change.entry); // the transaction's from now on
    }
    const remove: Change = { kind: 'remove', shelf, entry };
    await this.transactions.apply([remove, ...others], this.setAsideCopies(shelf, id), ready);
    const changed = others.map(({ shelf: { type }, stored }): Changed => ({ type, stored }));
    return { deleted: entry.stored, changed };
  }

  /** What others become when the entry is no more: out of their relations and references. */
  private others(
    shelf: Shelf,
    entry: Entry,
    now: string,
    early: ReadonlyMap<Entry, Early>,
  ): Other[] {
    const changes = new Map<Entry, Other>();
    const lines = new Map<Entry, Map<string, RecordedChange>>();
    for (const { holder, relation } of this.shelves.linksTo(entry.id)) {
      if (holder === entry || this.shelves.target(relation, entry.id) !== entry) continue;
      const line = lines.get(holder) ?? new Map<string, RecordedChange>();
      line.set(relation.attribute.name, { add: [], remove: [entry.id] });
      lines.set(holder, line);
    }
    for (const [holder, relations] of lines) {
      const home = this.shelves.of(holder.type.name);
      if (home === undefined) continue;
      changes.set(holder, deltaOf(home, holder, { lastModified: now, relations }));
    }
    for (const { home, referrer } of this.shelves.referrersOf(shelf.type, entry.id)) {
      const known = early.get(referrer);
      const line = lines.get(referrer);
      const change =
        known !== undefined && known.base === referrer.stored && line === undefined
          ? known.change
          : this.withoutReference(home, referrer, entry, now, line);
      if (change !== undefined) changes.set(referrer, change);
    }
    return [...changes.values()];
  }

  private withoutReference(
    shelf: Shelf,
    referrer: Entry,
    entry: Entry,
    now: string,
    line: ReadonlyMap<string, RecordedChange> | undefined,
  ): Other | undefined {
    const scalars = dropReference(referrer.stored, referrer.type, entry.id);
    if (scalars === undefined || referrer === entry) return undefined;
    const relations = relationsAfter(referrer, line);
    const meta = { ...scalars.meta, lastModified: now };
    const stored = toStored({ ...scalars, meta }, sumsOf(relations));
    return { kind: 'write', shelf, entry: referrer, name: referrer.name, stored, relations };
  }

  /** Copies of a deleted resource under other names must not come to life at the next start. */
  private setAsideCopies(shelf: Shelf, id: string): Step[] {
    const copies = [...shelf.refused].filter(([, refused]) => refused.duplicateOf === id);
    return copies.map(([name]) => {
      shelf.refused.delete(name);
      return this.writer.setAside(shelf, name);
    });
  }
}

/** The relations of an entry that is written anew, after the changes to them. */
function relationsAfter(
  entry: Entry,
  changes: ReadonlyMap<string, RecordedChange> | undefined,
): NextRelations {
  return nextRelations(entry.type, entry, (name) => {
    const change = changes?.get(name);
    const elements = entry.relations.get(name)?.elements;
    return change && elements && changedElements(elements, change);
  });
}
