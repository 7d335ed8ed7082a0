import { type Ava, escapeValue, foldBlanks, parseDn } from '../mapping/dn.js';
import type { Model } from '../mapping/model.js';
import { type Attributes, type Change, type Entry, RESULT } from '../port/directory.js';
import { isCode, type Pool } from '../port/pool.js';
import type { Tree } from '../server/tree.js';

/**
 * Entries that others named by what may change, as `uid=jdoe`. A server does not let the value go
 * that an entry is named by, so the entry gets another name (RFC 4511 §4.9), and who names it as a
 * member follows: that servers do this themselves cannot be relied upon.
 */
export class Renaming {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
  ) {}

  /** The name that an entry gets so that it can hold these attributes; undefined for its own. */
  wanted(model: Model, { dn }: Entry, id: string, attributes: Attributes): string | undefined {
    const [rdn = []] = parseDn(dn) ?? [];
    let changed = false;
    const avas = rdn.map((ava): Ava | undefined => {
      const values = attributes.get(this.tree.attributeOf(ava.type));
      if (values === undefined || values.some((value) => isAlike(value.toString(), ava.value))) {
        return ava;
      }
      changed = true;
      const [value] = values;
      return value && { type: ava.type, value: value.toString() };
    });
    if (!changed) return undefined;
    const known = avas.filter((ava) => ava !== undefined);
    return known.length === avas.length && this.tree.canBeNamed(known)
      ? known.map(textOf).join('+')
      : this.ownName(model, id);
  }

  /** @returns the entry under its new name, which is the id's where another has the wanted one */
  async rename(model: Model, entry: Entry, id: string, wanted: string): Promise<Entry> {
    const there = await this.pool.read(`${wanted},${model.container}`, ['1.1']);
    const rdn = there === undefined ? wanted : this.ownName(model, id);
    const dn = `${rdn},${model.container}`;
    const holders = await this.holders(model, entry.dn);
    for (const { name, attribute } of holders) await this.change(name, 'add', attribute, dn);
    try {
      await this.pool.rename(entry.dn, rdn);
    } catch (error) {
      for (const { name, attribute } of holders) await this.change(name, 'delete', attribute, dn);
      throw error;
    }
    for (const { name, attribute } of holders) {
      await this.change(name, 'delete', attribute, entry.dn);
    }
    return { dn, attributes: this.renamed(entry, rdn) };
  }

  private ownName(model: Model, id: string): string {
    return `${model.naming.name}=${escapeValue(id)}`;
  }

  /** What the entry holds then: the values of the new name, and no longer those of the old one. */
  private renamed({ dn, attributes }: Entry, rdn: string): Attributes {
    const after = new Map(attributes);
    for (const { type, value } of parseDn(dn)?.[0] ?? []) {
      const name = this.tree.attributeOf(type);
      const left = (after.get(name) ?? []).filter((held) => !isAlike(held.toString(), value));
      after.set(name, left);
    }
    for (const { type, value } of parseDn(rdn)?.[0] ?? []) {
      const name = this.tree.attributeOf(type);
      after.set(name, [...(after.get(name) ?? []), Buffer.from(value)]);
    }
    return after;
  }

  /** The entries that hold a name in a relation. */
  private async holders(model: Model, dn: string) {
    const holders: { readonly name: string; readonly attribute: string }[] = [];
    for (const { reach, relations } of this.tree.models.values()) {
      for (const { relation, attribute } of relations) {
        if (!relation.types.includes(model.type.name)) continue;
        const entries = await this.pool.find({
          ...reach,
          filter: { kind: 'equal', attribute, value: dn },
          attributes: ['entrydn'],
        });
        holders.push(...entries.map((entry) => ({ name: entry.dn, attribute })));
      }
    }
    return holders;
  }

  private async change(
    holder: string,
    operation: Change['operation'],
    attribute: string,
    member: string,
  ): Promise<void> {
    try {
      await this.pool.modify(holder, [{ operation, attribute, values: [Buffer.from(member)] }]);
    } catch (error) {
      // The server has done it already, or someone has taken it out, or deleted the group.
      const done = [RESULT.noSuchAttribute, RESULT.attributeOrValueExists, RESULT.noSuchObject];
      if (!isCode(error, ...done)) throw error;
    }
  }
}

/** Whether a server takes the one for the other where an entry is named by it. */
function isAlike(a: string, b: string): boolean {
  return foldBlanks(a).toLowerCase() === foldBlanks(b).toLowerCase();
}

function textOf({ type, value }: Ava): string {
  return `${type}=${escapeValue(value)}`;
}
