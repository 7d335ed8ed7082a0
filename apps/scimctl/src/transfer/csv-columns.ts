import {
  type Attribute,
  type AttributePath,
  type Json,
  type JsonObject,
  type ResourceType,
  resolvePath,
} from '#scim';
import { CommandError } from '../terminal/exit-codes.js';

/** Separates the values of a cell whose attribute has several. */
const SEPARATOR = ';';
const TRUE = new Set(['true', 'yes', '1']);
const FALSE = new Set(['false', 'no', '0']);

type Mutable = Record<string, Json | undefined>;

/** Puts the text of a cell into a resource. @throws Error that says why it cannot be that value */
type Put = (resource: Mutable, cell: string) => void;

/** What the columns of a table mean. */
export class CsvColumns {
  private readonly puts: readonly (Put | undefined)[];

  /**
   * @param mapping attribute paths by the name of a column; undefined: columns are named by them
   * @throws CommandError that names every column that means nothing
   */
  constructor(
    type: ResourceType,
    columns: readonly string[],
    mapping: Readonly<Record<string, string>> | undefined,
  ) {
    const unknown: string[] = [];
    this.puts = columns.map((column) => {
      const path = mapping === undefined ? column : mapping[column];
      if (path === undefined) return undefined;
      const found = resolvePath(type, path);
      if (found?.kind === 'attribute') return putAt(type, found);
      unknown.push(path === column ? column : `${column} (${path})`);
      return undefined;
    });
    const missing = Object.keys(mapping ?? {}).filter((column) => !columns.includes(column));
    if (missing.length > 0) {
      throw new CommandError(`The table has no such columns: ${missing.join(', ')}.`);
    }
    if (unknown.length > 0) {
      const how = 'Name the columns by attributes, or say with --map what they mean.';
      throw new CommandError(`${type.name} has no such attributes: ${unknown.join(', ')}. ${how}`);
    }
  }

  /** An empty cell says nothing. @throws Error that says which cell is wrong */
  resource(cells: readonly string[]): JsonObject {
    const resource: Mutable = {};
    cells.forEach((cell, i) => {
      if (cell.trim() !== '') this.puts[i]?.(resource, cell.trim());
    });
    return resource;
  }
}

function putAt(type: ResourceType, { attribute, sub }: AttributePath): Put {
  const extension = type.extensions.find(({ schema }) => schema.attributes.includes(attribute));
  const leaf = sub ?? attribute;
  const parent = (resource: Mutable): Mutable =>
    extension === undefined ? resource : within(resource, extension.schema.id);
  if (!attribute.multiValued) {
    return (resource, cell) => {
      const holder =
        sub === undefined ? parent(resource) : within(parent(resource), attribute.name);
      holder[leaf.name] = cellValue(leaf, cell);
    };
  }
  return (resource, cell) => {
    const values = cell.split(SEPARATOR).map((text) => cellValue(leaf, text.trim()));
    const holder = parent(resource);
    const elements = (holder[attribute.name] as Json[] | undefined) ?? [];
    // Columns of the same attribute tell of the same elements, in order.
    holder[attribute.name] = Array.from(
      { length: Math.max(values.length, elements.length) },
      (_, i) => {
        const [element, value] = [elements[i], values[i]];
        if (value === undefined || value === '') return element ?? {};
        if (sub === undefined && attribute.type !== 'complex') return value;
        return { ...(element as JsonObject | undefined), [sub?.name ?? 'value']: value };
      },
    );
  };
}

function within(resource: Mutable, name: string): Mutable {
  const inner = (resource[name] as Mutable | undefined) ?? {};
  resource[name] = inner as JsonObject;
  return inner;
}

function cellValue({ type, path }: Attribute, text: string): Json {
  if (type === 'boolean') {
    const word = text.toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
    throw new Error(`${path} is neither true nor false: write true or false.`);
  }
  if (type === 'integer' || type === 'decimal') {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
    throw new Error(`${path} is no number.`);
  }
  return text;
}
