import type { Query } from '#backend';
import {
  compileProjection,
  neededRelations,
  type Projection,
  parseAttributeList,
  parseFilter,
  parseSort,
  type ResourceType,
  type SchemaRegistry,
  ScimError,
} from '#scim';
import type { ListQuery } from '../http/query.pipe.js';

/** A query bound to one resource type; its page is still open. */
export interface BoundQuery {
  readonly type: ResourceType;
  readonly projection: Projection;
  readonly query: Omit<Query, 'start' | 'limit'>;
}

export interface BindOptions {
  /** Lower-case canonical paths that a filter in a URI must not name (RFC 7644 §7.5.2). */
  readonly sensitive: ReadonlySet<string>;
  readonly strict: boolean;
}

/**
 * Binds filter, sort and projection to each type. Over several types an attribute that a type lacks
 * counts as unassigned there (RFC 7644 §3.4.2.1); what every type refuses is the client's mistake.
 */
export function bindQuery(
  types: readonly ResourceType[],
  registry: SchemaRegistry,
  query: ListQuery,
  options: BindOptions,
): readonly BoundQuery[] {
  const lenient = !options.strict;
  const parameters = {
    attributes: parseAttributeList(query.attributes),
    excludedAttributes: parseAttributeList(query.excludedAttributes),
  };
  if (types.length > 1) refuseUnknown(types, query, options);
  const unknown = types.length > 1 ? 'unassigned' : 'refuse';
  const { sensitive } = options;
  return types.map((type) => {
    const projection = compileProjection(type, parameters, registry);
    const filter =
      query.filter === undefined
        ? undefined
        : parseFilter(query.filter, type, { unknown, sensitive, lenient });
    const sort = parseSort(query.sortBy, query.sortOrder, type, { unknown, lenient });
    return {
      type,
      projection,
      query: {
        ...(filter === undefined ? {} : { filter }),
        ...(sort === undefined ? {} : { sort }),
        expand: neededRelations(projection),
      },
    };
  });
}

/** An attribute that some type has is fine; one that no type has would find nothing, silently. */
function refuseUnknown(
  types: readonly ResourceType[],
  query: ListQuery,
  { sensitive, strict }: BindOptions,
): void {
  const { filter, sortBy, sortOrder } = query;
  const lenient = !strict;
  accepted(types, (type) => parseSort(sortBy, sortOrder, type, { lenient }));
  // Attributes of several types may stand in one filter, so each type judges only what it knows.
  if (filter !== undefined && !/\b(?:and|or|not)\b/i.test(filter)) {
    accepted(types, (type) => parseFilter(filter, type, { sensitive, lenient }));
  }
}

function accepted(types: readonly ResourceType[], read: (type: ResourceType) => unknown): void {
  let refused: ScimError | undefined;
  for (const type of types) {
    try {
      read(type);
      return;
    } catch (error) {
      // That one type lacks what is sensitive in another is no better answer (RFC 7644 §7.5.2).
      if (!(error instanceof ScimError) || error.scimType === 'sensitive') throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
}
