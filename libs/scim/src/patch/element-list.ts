import { isObject, type Json, type JsonArray } from '../json.js';
import { comparable, type Key } from '../matching.js';
import type { Attribute } from '../schema/attribute.js';
import { elementKey, united } from './elements.js';
import type { Lookup } from './lookup.js';

/**
 * The elements of a multi-valued attribute while a PATCH changes them: found by what they are and by
 * what they hold, so that a thousand operations on a long list cost no more than each of them names.
 * No element occurs twice (RFC 7643 §2.4).
 */
export class ElementList {
  /** Holes are elements that are gone; the others keep their order. */
  private readonly all: (Json | undefined)[] = [];
  private readonly places = new Map<string, number>();
  private readonly indexes = new Map<Attribute, Map<Key, Set<number>>>();
  private count = 0;

  constructor(
    private readonly attribute: Attribute,
    elements: JsonArray,
    private readonly relation: boolean,
  ) {
    this.append(elements);
  }

  get size(): number {
    return this.count;
  }

  elements(): JsonArray {
    return this.all.filter((element) => element !== undefined);
  }

  at(slot: number): Json | undefined {
    return this.all[slot];
  }

  /** Adds elements at the end; those there already take over what is said. @returns their slots */
  append(elements: JsonArray): ReadonlySet<number> {
    const first = this.all.length;
    return this.set(new Map(elements.map((element, i) => [first + i, element])));
  }

  /**
   * Puts elements into slots, or, undefined, out of them. Of two that are the same then, the first
   * keeps its place and takes over what the second says.
   * @returns the slots of what is there now
   */
  set(changes: ReadonlyMap<number, Json | undefined>): ReadonlySet<number> {
    for (const slot of changes.keys()) this.take(slot);
    const same = new Map<string, [number, Json][]>();
    for (const [slot, element] of changes) {
      if (element === undefined) continue;
      const key = elementKey(this.attribute, element, this.relation);
      const group = same.get(key) ?? this.taken(key);
      group.push([slot, element]);
      same.set(key, group);
    }
    const changed = new Set<number>();
    for (const [key, group] of same) {
      const [[slot, element] = [], ...others] = group.sort(([a], [b]) => a - b);
      if (slot === undefined || element === undefined) continue;
      const whole = others.reduce((one, [, other]) => this.united(one, other), element);
      this.put(key, slot, whole);
      changed.add(slot);
    }
    return changed;
  }

  /** The slot of the element of a relation with this id. */
  slotOf(value: string): number | undefined {
    return this.places.get(value);
  }

  /** The slots of elements that hold one of these values, without `lookups` of all; in order. */
  slots(lookups?: readonly Lookup[]): readonly number[] {
    const found = new Set<number>();
    if (lookups === undefined) for (const slot of this.places.values()) found.add(slot);
    for (const { sub, key } of lookups ?? []) {
      for (const slot of this.index(sub).get(key) ?? []) found.add(slot);
    }
    return [...found].sort((a, b) => a - b);
  }

  private united(first: Json, second: Json): Json {
    const unites = !this.relation && isObject(first) && isObject(second);
    return unites ? united(this.attribute, first, second) : first;
  }

  /** Takes the element with a key out, to be put in again with others of its kind. */
  private taken(key: string): [number, Json][] {
    const slot = this.places.get(key);
    const element = slot === undefined ? undefined : this.all[slot];
    if (slot === undefined || element === undefined) return [];
    this.take(slot);
    return [[slot, element]];
  }

  private put(key: string, slot: number, element: Json): void {
    this.all[slot] = element;
    this.places.set(key, slot);
    this.count += 1;
    for (const [sub, index] of this.indexes) this.enter(index, sub, slot, element);
  }

  private take(slot: number): void {
    const element = this.all[slot];
    if (element === undefined) return;
    this.all[slot] = undefined;
    this.places.delete(elementKey(this.attribute, element, this.relation));
    this.count -= 1;
    for (const [sub, index] of this.indexes) {
      const key = this.keyIn(sub, element);
      if (key !== undefined) index.get(key)?.delete(slot);
    }
  }

  private index(sub: Attribute): ReadonlyMap<Key, ReadonlySet<number>> {
    const known = this.indexes.get(sub);
    if (known !== undefined) return known;
    const index = new Map<Key, Set<number>>();
    this.all.forEach((element, slot) => {
      if (element !== undefined) this.enter(index, sub, slot, element);
    });
    this.indexes.set(sub, index);
    return index;
  }

  private enter(index: Map<Key, Set<number>>, sub: Attribute, slot: number, element: Json): void {
    const key = this.keyIn(sub, element);
    if (key === undefined) return;
    const slots = index.get(key);
    if (slots === undefined) index.set(key, new Set([slot]));
    else slots.add(slot);
  }

  /** `sub` is the attribute itself where its elements are simple values. */
  private keyIn(sub: Attribute, element: Json): Key | undefined {
    if (sub === this.attribute) return comparable(sub.matching, element);
    return comparable(sub.matching, isObject(element) ? element[sub.name] : undefined);
  }
}
