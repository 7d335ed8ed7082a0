import type { NativePage, Query, Stored } from '#backend';
import type { Attribute, Filter, Inverse } from '#scim';
import type { Decoded } from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import type { LdapFilter } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { BackLinks } from '../read/back-links.js';
import type { Reader } from '../read/reader.js';
import { backendError } from '../server/errors.js';
import { resourcesThat, type Tree } from '../server/tree.js';
import { compileLdapFilter, type FilterContext } from './ldap.filter.js';
import type { ListReader } from './lists.js';

/** Answers queries by searches; order and pages are the server's where it can, else the engine's. */
export class LdapQueries {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
    private readonly reader: Reader,
    /** Ways to cut a list, the cheapest first. */
    private readonly lists: readonly ListReader[],
    private readonly links: BackLinks,
    /** Whether all entries of a type have keys by now. */
    private readonly isMarked: (model: Model) => boolean,
  ) {}

  async page(model: Model, query: Query): Promise<NativePage> {
    const { filter } = query;
    const id = filter && identityIn(model, filter);
    // Members are looked for by the server, which need not send them for that.
    if (filter !== undefined && id !== undefined && memberValues(model, filter).length === 0) {
      const found = await this.reader.one(model, id, query.expand);
      const items = await this.reader.expanded(model, found ? [found] : [], query);
      return { items, residual: filter, sorted: true, paged: false };
    }
    const names = filter && (await this.locatedNames(model, filter));
    const context = this.context(model, (types, value) => {
      const located = names?.get(value) ?? [];
      const possible = this.tree.possibleNames(types, value);
      return { names: [...new Set([...possible, ...located])], exists: located.length > 0 };
    });
    const compiled = filter && compileLdapFilter(context, filter);
    const residual = compiled === undefined ? filter : compiled.residual;
    const { filter: narrowed, selective = false } = compiled?.query ?? {};
    // What an index finds is little, and soon sorted here.
    if (residual === undefined && query.sort === undefined && !selective) {
      const page = await this.listed(model, query, narrowed);
      if (page !== undefined) return page;
    }
    return {
      items: this.items(model, query, narrowed, selective),
      ...(residual === undefined ? {} : { residual }),
      sorted: false,
      paged: false,
    };
  }

  /** The entries that a filter matches, as resources. */
  async candidates(model: Model, filter: Filter): Promise<readonly Decoded[]> {
    const page = compileLdapFilter(
      this.context(model, () => undefined),
      filter,
    );
    return this.found(model, page?.query.filter);
  }

  /** The resources whose entries have the value, as the server compares it. */
  holding(model: Model, attribute: string, value: string): Promise<readonly Decoded[]> {
    return this.found(model, { kind: 'equal', attribute, value });
  }

  private async found(model: Model, filter: LdapFilter | undefined): Promise<readonly Decoded[]> {
    const entries = await this.pool.find({
      ...resourcesThat(model, filter),
      attributes: model.selection,
    });
    return this.reader.decode(model, entries);
  }

  private context(model: Model, memberNames: FilterContext['memberNames']): FilterContext {
    const backLink = (inverse: Inverse) => {
      const { relations } = this.tree.model(inverse.type);
      const line = relations.find(({ relation }) => relation.attribute.name === inverse.relation);
      return line && this.links.of(inverse, line.attribute);
    };
    return { model, marked: this.isMarked(model), backLink, memberNames };
  }

  private async *items(
    model: Model,
    query: Query,
    filter: LdapFilter | undefined,
    selective: boolean,
  ): AsyncGenerator<Stored> {
    const request = {
      ...resourcesThat(model, filter),
      attributes: this.reader.selection(model, query.expand),
    };
    try {
      if (selective) {
        const decoded = await this.reader.decode(model, await this.pool.find(request));
        yield* await this.reader.expanded(model, decoded, query);
        return;
      }
      for await (const entries of this.pool.scan(request)) {
        query.signal?.throwIfAborted();
        yield* await this.reader.expanded(model, await this.reader.decode(model, entries), query);
      }
    } catch (error) {
      throw backendError(error);
    }
  }

  private async listed(
    model: Model,
    query: Query,
    filter: LdapFilter | undefined,
  ): Promise<NativePage | undefined> {
    const { order } = model;
    if (order === undefined) return undefined;
    for (const lists of this.lists) {
      const page = await lists.page({ model, order, filter }, query);
      if (page !== undefined) return page;
    }
    return undefined;
  }

  /** The names of those members that exist; of entries that others named, no id tells the name. */
  private async locatedNames(
    model: Model,
    filter: Filter,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const names = new Map<string, string[]>();
    for (const { types, value } of memberValues(model, filter)) {
      for (const type of types) {
        const entry = await this.tree.locate(this.tree.model(type), value, [
          'entryuuid',
          'entrydn',
          this.tree.model(type).naming.name,
        ]);
        if (entry !== undefined) names.set(value, [...(names.get(value) ?? []), entry.dn]);
      }
    }
    return names;
  }
}

/** The id that every match has, if the filter names one. */
function identityIn(model: Model, filter: Filter): string | undefined {
  if (filter.kind === 'and') {
    for (const operand of filter.operands) {
      const id = identityIn(model, operand);
      if (id !== undefined) return id;
    }
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return undefined;
  const isId = filter.path.attribute === model.type.attributes.get('id');
  // Other letters may be composed in more than one way.
  const plain = typeof filter.value === 'string' && /^[\x20-\x7e]+$/.test(filter.value);
  return isId && plain ? String(filter.value) : undefined;
}

interface MemberValue {
  /** What the value may be the id of. */
  readonly types: readonly string[];
  readonly value: string;
}

/** The values that a filter compares relations and computed attributes with. */
function memberValues(
  model: Model,
  filter: Filter,
  around?: readonly string[],
): readonly MemberValue[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap((operand) => memberValues(model, operand, around));
    case 'not':
      return memberValues(model, filter.operand, around);
    case 'valuePath': {
      const types = typesOf(model, filter.attribute);
      return types === undefined ? [] : memberValues(model, filter.filter, types);
    }
    case 'compare': {
      const { path, value } = filter;
      const types = around ?? typesOf(model, path.attribute);
      return types === undefined || typeof value !== 'string' ? [] : [{ types, value }];
    }
    default:
      return [];
  }
}

/** The types that an attribute's elements refer to. */
function typesOf({ type }: Model, wanted: Attribute): readonly string[] | undefined {
  const relation = type.relations.find(({ attribute }) => attribute === wanted);
  const inverse = type.inverses.find(({ attribute }) => attribute === wanted);
  return relation?.types ?? (inverse && [inverse.type]);
}
