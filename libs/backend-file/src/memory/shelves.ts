import type { Signature } from '#durable';
import { comparable, type Key, type Relation, type ResourceType } from '#scim';
import type { Entry, Members } from './entry.js';
import { MultiMap } from './multimap.js';
import { keyOfId, Table } from './table.js';

/** A file that is not served, as it was when that was found out. */
export interface Refused {
  readonly signature: Signature | undefined;
  /** The id it claims, when another file has it. */
  readonly duplicateOf?: string;
}

/** One resource type: its folders, what is served from them, and what is not. */
export interface Shelf {
  readonly type: ResourceType;
  readonly folder: string;
  readonly sidecars: string;
  readonly table: Table;
  /** Files that are not served, by name. */
  readonly refused: Map<string, Refused>;
  /** Names that have a sidecar but are not served: what a new file of that name must not inherit. */
  readonly orphaned: Set<string>;
}

/** All types together, with the relations between their resources looked up from both ends. */
export class Shelves {
  private readonly shelves: ReadonlyMap<string, Shelf>;
  /** Who names an id in a relation, by that id. */
  private readonly links = new MultiMap<string, Members>();
  /**
   * Who has ever named an id that is not in the form it is compared in (composed Unicode), by that
   * form. There are hardly any; whether they still do is looked up when it matters.
   */
  private readonly oddLinks = new MultiMap<Key, Members>();

  constructor(shelves: readonly Shelf[]) {
    this.shelves = new Map(shelves.map((shelf) => [shelf.type.name, shelf]));
  }

  of(type: string): Shelf | undefined {
    return this.shelves.get(type);
  }

  /** The resource that an element of the relation refers to: the first of its types that has the id. */
  target(relation: Relation, id: string): Entry | undefined {
    for (const name of relation.types) {
      const found = this.shelves.get(name)?.table.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Every relation that names the id, whether a resource has it or not. */
  linksTo(id: string): Iterable<Members> {
    return this.links.get(id);
  }

  /** The same by prepared value: every relation that names an id which compares equal. */
  *linksByKey(key: Key): Generator<Members> {
    const found = new Set(this.links.get(String(key)));
    for (const members of this.oddLinks.get(key)) {
      for (const id of members.elements.keys()) if (keyOfId(id) === key) found.add(members);
    }
    yield* found;
  }

  link(id: string, members: Members): void {
    const key = keyOfId(id);
    if (key !== id) this.oddLinks.add(key, members);
    this.links.add(id, members);
  }

  unlink(id: string, members: Members): void {
    this.links.delete(id, members);
  }

  /** Resources with a reference (`manager`) to a resource of the type. */
  *referrersOf(
    type: ResourceType,
    id: string,
  ): Generator<{ readonly home: Shelf; readonly referrer: Entry }> {
    for (const home of this.shelves.values()) {
      for (const attribute of home.type.references) {
        const types = attribute.subByName.get('$ref')?.referenceTypes ?? [];
        const sub = attribute.subByName.get('value');
        const key = sub && comparable(sub.matching, id);
        if (key === undefined || !types.includes(type.name)) continue;
        const found = home.table.find({ attribute, sub }, key);
        for (const referrer of [...(found ?? [])]) yield { home, referrer };
      }
    }
  }
}

export function newShelf(type: ResourceType, folder: string, sidecars: string): Shelf {
  return {
    type,
    folder,
    sidecars,
    table: new Table(type),
    refused: new Map(),
    orphaned: new Set(),
  };
}
