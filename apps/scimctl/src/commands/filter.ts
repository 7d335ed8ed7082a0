import { Command } from 'commander';
import {
  type Filter,
  leaf,
  parseFilter,
  printFilter,
  type ResourceType,
  touchedAttributes,
} from '#scim';
import type { Place } from '../place/place.js';
import { type Context, optionsOf, withPlace } from './context.js';
import { typesNamed, wholeNumber } from './types.js';

interface Options {
  readonly type: string;
  readonly limit: number;
}

/** Who does a part of the work. */
type Who = 'store' | 'engine';

/** How a filter is executed, as far as the store says. */
interface Explanation {
  readonly store: string;
  readonly type: string;
  /** With names as the schema spells them. */
  readonly filter: string;
  /** Attributes that the filter looks at, and the paths of each that every store has an index of. */
  readonly attributes: readonly { readonly path: string; readonly indexes: readonly string[] }[];
  /** What the store leaves to be filtered; null: nothing. */
  readonly residual: string | null;
  readonly sorts: Who;
  readonly pages: Who;
  /** Resources that the store handed over for one page. */
  readonly read: number;
  /** Resources that match in all. */
  readonly matches: number;
}

export function filterCommand(context: Context): Command {
  const filter = new Command('filter')
    .summary('how filters are executed')
    .description('Tells how the configured store executes filters.');
  filter
    .command('explain')
    .summary('what the store does of a filter, and what is left')
    .description(
      'Executes a filter and tells what of it the store answers itself, which attributes have an ' +
        'index, and how many resources were read for a page.',
    )
    .argument('<filter>', 'as in a request (RFC 7644 §3.4.2.2)')
    .option('--type <type>', 'the resource type', 'User')
    .option('--limit <count>', 'resources of a page', wholeNumber, 100)
    .addHelpText(
      'after',
      `
Examples:
  scimctl filter explain 'userName eq "jane"'
  scimctl filter explain --type Group 'displayName co "team"'`,
    )
    .action(async (text: string, _options, command: Command) => {
      const options = optionsOf<Options>(command);
      await withPlace(context, { ...options, access: 'read' }, async (place) => {
        const [type] = typesNamed(place.registry, options.type);
        if (type === undefined) return;
        const explanation = await explain(place, type, text, options.limit);
        await context.terminal.answer(explanation, linesOf(explanation));
      });
    });
  return filter;
}

/** @throws ScimError invalidFilter */
async function explain(
  place: Place,
  type: ResourceType,
  text: string,
  limit: number,
): Promise<Explanation> {
  const filter = parseFilter(text, type, { lenient: !place.configuration.strict });
  const query = { filter, start: { offset: 0 }, limit };
  const native = place.backend.store(type).query;
  const page = await native?.call(place.backend.store(type), query);
  const residual = page === undefined ? filter : page.residual;
  return {
    store: place.store,
    type: type.name,
    filter: printFilter(filter),
    attributes: attributesOf(type, filter),
    residual: residual === undefined ? null : printFilter(residual),
    sorts: page?.sorted ? 'store' : 'engine',
    pages: page?.paged ? 'store' : 'engine',
    read: await countRead(page?.items ?? place.backend.store(type).scan()),
    matches: (await place.repository(type).query({ ...query, limit: 0 })).total,
  };
}

function attributesOf(type: ResourceType, filter: Filter): Explanation['attributes'] {
  return [...touchedAttributes(filter)].map((path) => ({
    path,
    indexes: type.indexed
      .filter(({ attribute }) => attribute.path === path)
      .map((one) => leaf(one).path),
  }));
}

async function countRead(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<number> {
  let read = 0;
  for await (const _ of items) read++;
  return read;
}

function linesOf(explanation: Explanation): readonly string[] {
  const { store, type, filter, attributes, residual, sorts, pages, read, matches } = explanation;
  return [
    `${type} in ${store}: ${filter}`,
    ...attributes.map(({ path, indexes }) =>
      indexes.length === 0 ? `  ${path}: no index` : `  ${path}: index of ${indexes.join(', ')}`,
    ),
    residual === null ? 'The store answers all of it.' : `Left to be filtered: ${residual}`,
    `The ${sorts} sorts, the ${pages} cuts the page.`,
    `${read} read for a page; ${matches} match in all.`,
  ];
}
