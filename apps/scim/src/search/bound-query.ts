import type { Query } from '#backend';
import {
  compileProjection,
  invalidFilter,
  neededRelations,
  type Projection,
  parseAttributeList,
  parseFilter,
  parseFilterSyntax,
  parseSort,
  pathsOf,
  type ResourceType,
  resolvePath,
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
  /** Most terms of the filter. */
  readonly maxTerms: number;
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
  const { sensitive, maxTerms } = options;
  return types.map((type) => {
    const projection = compileProjection(type, parameters, registry);
    const filter =
      query.filter === undefined
        ? undefined
        : parseFilter(query.filter, type, { unknown, sensitive, lenient, maxTerms });
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
  { strict, maxTerms }: BindOptions,
): void {
  const { filter, sortBy, sortOrder } = query;
  const lenient = !strict;
  accepted(types, (type) => parseSort(sortBy, sortOrder, type, { lenient }));
  if (filter === undefined) return;
  for (const path of pathsOf(parseFilterSyntax(filter, { lenient, maxTerms }))) {
    if (types.every((type) => resolvePath(type, path) === undefined)) {
      throw invalidFilter(`No resource type has an attribute "${path.slice(0, 100)}".`);
    }
  }
}

function accepted(types: readonly ResourceType[], read: (type: ResourceType) => unknown): void {
  let refused: ScimError | undefined;
  for (const type of types) {
    try {
      read(type);
      return;
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
}
