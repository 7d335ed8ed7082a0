import type { Stored } from '#backend';
import type { Signature } from '#durable';
import {
  comparePositions,
  type JsonObject,
  type Position,
  positionOf,
  type Relation,
  type ResourceType,
} from '#scim';
import { addHash, elementHash, subtractHash } from './version.js';

/** The order of lists that nobody sorted: by creation, then id (design law 6). */
export const compareCreation = comparePositions(false);

/** What one element of a relation carries besides the id it refers to; almost always nothing. */
export type Extra = JsonObject | undefined;

/** Elements by the id they refer to, in order. */
export type Elements = ReadonlyMap<string, Extra>;

/** The sidecar segments of a file that hold changes the file itself does not have yet. */
export interface Sidecar {
  readonly first: number;
  readonly last: number;
  /** Of all segments together. */
  readonly bytes: number;
}

const NO_RELATIONS: ReadonlyMap<string, Members> = new Map();

/** A resource in memory, and the file it is kept in. Lives as long as the resource does. */
export class Entry {
  /** What the file was like when it was last read or written. */
  signature: Signature | undefined;
  sidecar: Sidecar | undefined;
  private current: Stored;
  private place: Position;
  /** By name of the relation's attribute. */
  readonly relations: ReadonlyMap<string, Members>;

  /** Of the file, in the folder of the type. */
  readonly name: string;

  constructor(
    readonly type: ResourceType,
    name: string,
    stored: Stored,
  ) {
    this.name = name === stored.id ? stored.id : name; // one text in memory, not two
    this.current = stored;
    this.place = positionOf(undefined, stored);
    this.relations =
      type.relations.length === 0
        ? NO_RELATIONS
        : new Map(
            type.relations.map((relation) => [
              relation.attribute.name,
              new Members(this, relation),
            ]),
          );
  }

  get id(): string {
    return this.current.id;
  }

  /** Frozen; without relations and computed attributes. */
  get stored(): Stored {
    return this.current;
  }

  /** Its place in the order of creation. */
  get position(): Position {
    return this.place;
  }

  /** New content under the same id; only the table does this, which keeps order and indexes. */
  become(stored: Stored): void {
    if (stored.meta.created !== this.current.meta.created) {
      this.place = positionOf(undefined, stored);
    }
    this.current = stored;
  }
}

/** One relation of one resource. */
export class Members {
  private byValue = new Map<string, Extra>();
  private hashSum = 0n;

  constructor(
    readonly holder: Entry,
    readonly relation: Relation,
  ) {}

  get elements(): Elements {
    return this.byValue;
  }

  /** The relation's part of the version. */
  get sum(): bigint {
    return this.hashSum;
  }

  /** Takes over all elements of a replaced resource; `sum` is that of `elements`. */
  replace(elements: Elements, sum: bigint): void {
    this.byValue = new Map(elements);
    this.hashSum = sum;
  }

  add(value: string, extra: Extra): void {
    this.byValue.set(value, extra);
    this.hashSum = addHash(this.hashSum, elementHash(value, extra));
  }

  delete(value: string): void {
    this.hashSum = subtractHash(this.hashSum, elementHash(value, this.byValue.get(value)));
    this.byValue.delete(value);
  }
}
