import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import {
  BackendError,
  conflict,
  type DeltaResult,
  type Draft,
  gone,
  idTaken,
  isCurrent,
  notUnique,
  type RelationDelta,
  type Stored,
  type WriteContext,
} from '#backend';
import { type Relation, withoutEmptyMembers } from '#scim';
import { type Intake, pathOf } from '../disk/intake.js';
import { type Layout, rejectedPath } from '../disk/layout.js';
import { fileNameOf } from '../disk/names.js';
import {
  listSegments,
  type RecordedChange,
  type SidecarLine,
  segmentPath,
} from '../disk/sidecar.js';
import type { Step } from '../disk/steps.js';
import { extraOf, splitRelations, toStored, withMeta } from '../file.mapping.js';
import type { Report } from '../file.options.js';
import type { Entry } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import { type Change, nextRelations, sumsAfter, sumsOf } from './changes.js';
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
    if (context.ifVersion !== undefined) {
      if (entry === undefined) throw gone();
      if (!isCurrent(type, entry.stored, context)) throw conflict();
    }
    const { scalars, relations } = splitRelations(
      type,
      withoutEmptyMembers({ ...draft, id }),
      this.isKnown,
    );
    const next = nextRelations(type, entry, (relation) =>
      context.keep?.includes(relation) ? undefined : (relations.get(relation) ?? new Map()),
    );
    const stored = toStored(scalars, sumsOf(next));
    for (const { path } of table.clashes(stored, entry)) throw notUnique(path);
    if (context.targets === 'exist') {
      for (const relation of type.relations) {
        this.checkTargets(relation, next.get(relation.attribute.name)?.added ?? []);
      }
    }
    if (entry === undefined) await this.makeRoom(shelf, name);
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
    const relations = new Map<string, RecordedChange>();
    for (const { relation, add, remove } of deltas) {
      const members = entry.relations.get(relation);
      if (members === undefined) {
        throw new BackendError('unsupported', `${shelf.type.name} has no relation ${relation}.`);
      }
      const added = new Map(
        add
          .filter(({ value }) => !members.elements.has(value))
          .map((element) => {
            const { value } = element;
            const isKnown = this.isKnown(members.relation, value);
            return [value, { value, extra: extraOf(element, isKnown) }];
          }),
      );
      const removed = [...new Set(remove)].filter((value) => members.elements.has(value));
      if (added.size === 0 && removed.length === 0) continue;
      if (context.targets === 'exist') this.checkTargets(members.relation, [...added.keys()]);
      relations.set(relation, { add: [...added.values()], remove: removed });
    }
    if (relations.size === 0) return { stored: entry.stored, changed: false };
    const change = deltaOf(shelf, entry, { lastModified: context.now, relations });
    await this.transactions.apply([change]);
    return { stored: change.stored, changed: true };
  }

  private readonly isKnown = (relation: Relation, id: string): boolean =>
    this.shelves.target(relation, id) !== undefined;

  private checkTargets(relation: Relation, added: readonly string[]): void {
    const ids = added.filter((id) => this.shelves.target(relation, id) === undefined);
    if (ids.length === 0) return;
    const { name } = relation.attribute;
    const message = `${name} names resources that do not exist.`;
    throw new BackendError('unknown-target', message, { path: name, ids });
  }

  /** A file that cannot be served is never overwritten, and its sidecar is nobody else's. */
  private async makeRoom(shelf: Shelf, name: string): Promise<void> {
    const steps: Step[] = [];
    this.checkDistinct(shelf, name);
    if (shelf.refused.has(name)) steps.push(this.setAside(shelf, name));
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

  /** On a system that ignores letter case, `jane` is the file of `Jane`, which is not in the way. */
  private checkDistinct(shelf: Shelf, name: string): void {
    const { duplicateOf, signature } = shelf.refused.get(name) ?? {};
    const rival = duplicateOf === undefined ? undefined : shelf.table.get(duplicateOf);
    if (rival?.signature === undefined || rival.signature.ino !== signature?.ino) return;
    const message = 'The id is too similar to another one: their files would have the same name.';
    throw new BackendError('invalid-id', message);
  }

  /** Moves a file away that is in the way. */
  setAside(shelf: Shelf, name: string): Step {
    const to = rejectedPath(shelf.type, name);
    const message = `The file was in the way and was moved to ${to}.`;
    this.report({ kind: 'set-aside', path: pathOf(shelf, name), message });
    const from = relative(this.layout.root, join(shelf.folder, name));
    return { do: 'set-aside', from, to };
  }
}

/** @throws BackendError `conflict`, `not-found` */
export function checkVersion(entry: Entry | undefined, { ifVersion }: WriteContext): void {
  if (ifVersion === undefined) return;
  if (entry === undefined) throw gone();
  if (entry.stored.meta.version !== ifVersion) throw conflict();
}

/** The change that adds a line to the sidecar of an entry. */
export function deltaOf(shelf: Shelf, entry: Entry, line: SidecarLine): Change & { kind: 'delta' } {
  const meta = { lastModified: line.lastModified };
  const stored = withMeta(entry.stored, meta, sumsAfter(entry, line));
  return { kind: 'delta', shelf, entry, line, stored };
}
