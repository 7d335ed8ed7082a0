import { type Connection, type IndexDefinition, type IndexOptions, Schema } from 'mongoose';
import type { Layout, RelationLayout, TypeLayout } from './layout.js';
import { indexName } from './names.js';

/** An index of a collection. */
interface Index {
  readonly keys: IndexDefinition;
  readonly options: IndexOptions & { readonly name: string };
}

/**
 * Makes known to mongoose which collections there are and what their indexes are. Documents
 * themselves go to the driver as they are: attributes are the schema files' business, and a hydrated
 * document would have opinions on those called `errors` or `isNew`.
 */
export function defineModels(connection: Connection, { shared, types }: Layout): void {
  for (const layout of types) {
    define(connection, layout.collection, typeIndexes(layout));
    for (const relation of layout.relations) {
      define(connection, relation.collection, relationIndexes(relation));
    }
  }
  define(connection, shared.outbox, [
    index(shared.outbox, { sequence: 1 }),
    index(shared.outbox, { parked: 1, recorded: 1 }),
  ]);
  for (const name of [shared.state, shared.locks, shared.counts, shared.removed]) {
    define(connection, name, []);
  }
}

function define(connection: Connection, collection: string, indexes: readonly Index[]): void {
  const schema = new Schema(
    {},
    { strict: false, _id: false, autoIndex: false, autoCreate: false, collection },
  );
  for (const { keys, options } of indexes) schema.index(keys, options);
  connection.model(collection, schema, collection);
}

/** The order of lists, and one index for each path that is looked up. */
function typeIndexes({ collection, keys, lists }: TypeLayout): readonly Index[] {
  const order = { '_scim.order': 1 } as const;
  return [
    index(collection, order),
    index(collection, { '_scim.mark': 1 }),
    ...keys.map(({ name }) => index(collection, { [`_scim.o.${name}`]: 1, ...order })),
    ...lists.map(({ list, member }) => index(collection, { [`_scim.s.${list}.${member}`]: 1 })),
    ...[...keys, ...lists]
      .filter(({ unique }) => unique)
      .map(({ name }) =>
        index(collection, { [`_scim.u.${name}`]: 1 }, { unique: true, sparse: true }),
      ),
  ];
}

/** From a holder to its elements in order, and from a target to those that hold it. */
function relationIndexes({ collection }: RelationLayout): readonly Index[] {
  return [
    index(collection, { id: 1, since: 1, place: 1 }),
    index(collection, { value: 1, id: 1, until: 1 }, { unique: true }),
    index(collection, { ended: 1 }, { sparse: true }),
  ];
}

function index(
  collection: string,
  keys: Readonly<Record<string, 1>>,
  options: IndexOptions = {},
): Index {
  const kind = options.unique ? ['unique'] : [];
  const name = indexName(collection, ...Object.keys(keys), ...kind);
  return { keys: { ...keys }, options: { ...options, name } };
}
