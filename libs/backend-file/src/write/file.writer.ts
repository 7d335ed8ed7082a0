import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import {
  BackendError,
  type Changed,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  idTaken,
  notUnique,
  type RelationDelta,
  type Stored,
  type WriteContext,
} from '#backend';
import { dropReference, type Relation, withoutEmptyMembers } from '#scim';
import { type Intake, pathOf } from '../disk/intake.js';
import type { Step } from '../disk/journal.js';
import { type Layout, rejectedPath } from '../disk/layout.js';
import { fileNameOf } from '../disk/names.js';
import {
  changedElements,
  listSegments,
  type RelationChange,
  type SidecarLine,
  segmentPath,
} from '../disk/sidecar.js';
import { extraOf, splitRelations, toStored, withMeta } from '../file.mapping.js';
import type { Report } from '../file.options.js';
import type { Entry } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import { type Change, type NextRelations, nextRelations, sumsAfter, sumsOf } from './changes.js';
import type { Transactions } from './transaction.js';

/** Checks writes and turns them into changes. Every call must come from the write queue. */
export class FileWriter {
  constructor(
    private readonly shelves: Shelves,
    private readonly layout: Layout,
    private readonly intake: Intake,
    private readonly transactions: Transactions,
    private readonly report: Report,
  ) {}

  async put(shelf: Shelf, draft: Draft, context: WriteContext): Promise<Stored> {
    const { type, table } = shelf;
    const id = draft.id ?? randomUUID();
    const name = table.get(id)?.name ?? fileNameOf(id);
    // An id that was made here names no file yet.
    if (draft.id !== undefined) await this.intake.refresh(shelf, name);
    const entry = table.get(id);
    if (context.ifVersion === undefined && entry !== undefined) throw idTaken();
    checkVersion(entry, context);
    const { scalars, relations } = splitRelations(type, withoutEmptyMembers({ ...draft, id }));
    const next = nextRelations(type, entry, (relation) =>
      context.keep?.includes(relation) ? undefined : (relations.get(relation) ?? new Map()),
    );
    const stored = toStored(scalars, sumsOf(next));
    for (const { path } of table.clashes(stored, entry)) throw notUnique(path);
    if (context.targets === 'exist') {
      for (const relation of type.relations) {
        this.#checkTargets(relation, next.get(relation.attribute.name)?.added ?? []);
      }
    }
    if (entry === undefined) await this.#makeRoom(shelf, name);
    await this.transactions.apply([{ kind: 'write', shelf, entry, name, stored, relations: next }]);
    return stored;
  }

  async applyDelta(
    shelf: Shelf,
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    const entry = shelf.table.get(id);
    if (entry === undefined) return undefined;
    checkVersion(entry, context);
    const relations = new Map<string, RelationChange>();
    for (const { relation, add, remove } of deltas) {
      const members = entry.relations.get(relation);
      if (members === undefined) {
        throw new BackendError('unsupported', `${shelf.type.name} has no relation ${relation}.`);
      }
      const added = new Map(
        add
          .filter(({ value }) => !members.elements.has(value))
          .map((element) => [element.value, { value: element.value, extra: extraOf(element) }]),
      );
      const removed = [...new Set(remove)].filter((value) => members.elements.has(value));
      if (added.size === 0 && removed.length === 0) continue;
      if (context.targets === 'exist') this.#checkTargets(members.relation, [...added.keys()]);
      relations.set(relation, { add: [...added.values()], remove: removed });
    }
    if (relations.size === 0) return { stored: entry.stored, changed: false };
    const change = deltaOf(shelf, entry, { lastModified: context.now, relations });
    await this.transactions.apply([change]);
    return { stored: change.stored, changed: true };
  }

  async delete(shelf: Shelf, id: string, context: WriteContext): Promise<Deletion | undefined> {
    const known = shelf.table.get(id);
    if (known !== undefined) await this.intake.refresh(shelf, known.name);
    const entry = shelf.table.get(id);
    if (entry === undefined) return undefined;
    checkVersion(entry, context);
    const others = this.#withoutReferencesTo(shelf, entry, context.now);
    const remove: Change = { kind: 'remove', shelf, entry };
    await this.transactions.apply([remove, ...others], this.#setAsideCopies(shelf, id));
    const changed = others.map(({ shelf: { type }, stored }): Changed => ({ type, stored }));
    return { deleted: entry.stored, changed };
  }

  /** What others become when the entry is no more: out of their relations and references. */
  #withoutReferencesTo(shelf: Shelf, entry: Entry, now: string) {
    const changes = new Map<Entry, Change & { readonly stored: Stored }>();
    const lines = new Map<Entry, Map<string, RelationChange>>();
    for (const { holder, relation } of this.shelves.linksTo(entry.id)) {
      if (holder === entry || this.shelves.target(relation, entry.id) !== entry) continue;
      const line = lines.get(holder) ?? new Map<string, RelationChange>();
      line.set(relation.attribute.name, { add: [], remove: [entry.id] });
      lines.set(holder, line);
    }
    for (const [holder, relations] of lines) {
      const home = this.shelves.of(holder.type.name);
      if (home === undefined) continue;
      changes.set(holder, deltaOf(home, holder, { lastModified: now, relations }));
    }
    for (const { home, referrer } of this.shelves.referrersOf(shelf.type, entry.id)) {
      const scalars = dropReference(referrer.stored, referrer.type, entry.id);
      if (scalars === undefined || referrer === entry) continue;
      const relations = nextOf(referrer, lines.get(referrer));
      const stored = toStored(
        { ...scalars, meta: { ...scalars.meta, lastModified: now } },
        sumsOf(relations),
      );
      const { name } = referrer;
      changes.set(referrer, {
        kind: 'write',
        shelf: home,
        entry: referrer,
        name,
        stored,
        relations,
      });
    }
    return [...changes.values()];
  }

  #checkTargets(relation: Relation, added: readonly string[]): void {
    const ids = added.filter((id) => this.shelves.target(relation, id) === undefined);
    if (ids.length === 0) return;
    const { name } = relation.attribute;
    const message = `${name} names resources that do not exist.`;
    throw new BackendError('unknown-target', message, { path: name, ids });
  }

  /** A file that cannot be served is never overwritten, and its sidecar is nobody else's. */
  async #makeRoom(shelf: Shelf, name: string): Promise<void> {
    const steps: Step[] = [];
    if (shelf.refused.has(name)) steps.push(this.#setAside(shelf, name));
    if (shelf.orphaned.has(name)) {
      const numbers = (await listSegments(shelf.sidecars)).get(name) ?? [];
      const paths = numbers.map((number) => segmentPath(shelf.sidecars, name, number));
      const from = (path: string) => relative(this.layout.root, path);
      steps.push({ do: 'remove', folder: from(shelf.sidecars), paths: paths.map(from) });
    }
    await this.transactions.apply([], steps);
    shelf.refused.delete(name);
    shelf.orphaned.delete(name);
  }

  /** Copies of a deleted resource under other names must not come to life at the next start. */
  #setAsideCopies(shelf: Shelf, id: string): Step[] {
    const copies = [...shelf.refused].filter(([, refused]) => refused.duplicateOf === id);
    return copies.map(([name]) => {
      shelf.refused.delete(name);
      return this.#setAside(shelf, name);
    });
  }

  #setAside(shelf: Shelf, name: string): Step {
    const to = rejectedPath(shelf.type, name);
    const message = `The file was in the way and was moved to ${to}.`;
    this.report({ kind: 'set-aside', path: pathOf(shelf, name), message });
    const from = relative(this.layout.root, join(shelf.folder, name));
    return { do: 'set-aside', from, to };
  }
}

function checkVersion(entry: Entry | undefined, { ifVersion }: WriteContext): void {
  if (ifVersion === undefined) return;
  if (entry === undefined) throw gone();
  if (entry.stored.meta.version !== ifVersion) throw conflict();
}

function deltaOf(shelf: Shelf, entry: Entry, line: SidecarLine): Change & { kind: 'delta' } {
  const meta = { lastModified: line.lastModified };
  const stored = withMeta(entry.stored, meta, sumsAfter(entry, line));
  return { kind: 'delta', shelf, entry, line, stored };
}

/** The relations of an entry that is written anew, after the changes to them. */
function nextOf(
  entry: Entry,
  changes: ReadonlyMap<string, RelationChange> | undefined,
): NextRelations {
  return nextRelations(entry.type, entry, (name) => {
    const change = changes?.get(name);
    const elements = entry.relations.get(name)?.elements;
    return change && elements && changedElements(elements, change);
  });
}
