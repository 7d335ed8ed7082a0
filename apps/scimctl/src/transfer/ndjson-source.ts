import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  isArray,
  isObject,
  type JsonObject,
  parseJson,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';
import { CommandError } from '../terminal/exit-codes.js';
import { MARK, readMark } from './refusal.js';
import { type Arrival, isMisfit, type Misfit, type Source } from './source.js';

/** A file with one resource a line, as `export` writes them. */
export class NdjsonSource implements Source {
  /**
   * @param only the type of every line; undefined: each line says its own
   */
  constructor(
    private readonly file: string,
    private readonly registry: SchemaRegistry,
    private readonly only?: ResourceType,
  ) {}

  async count(): Promise<number> {
    let lines = 0;
    for await (const _ of this.lines()) lines++;
    return lines;
  }

  async *resources(): AsyncGenerator<Arrival | Misfit> {
    for await (const { key, text } of this.lines()) yield this.read(key, text);
  }

  async *related(): AsyncGenerator<Arrival> {
    for await (const item of this.resources()) {
      if (isMisfit(item)) continue;
      const { relations, references } = item.type;
      if (relations.length + references.length > 0) yield item;
    }
  }

  private async *lines(): AsyncGenerator<{ readonly key: string; readonly text: string }> {
    const input = createReadStream(this.file, 'utf8');
    let number = 0;
    try {
      for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        number++;
        if (text.trim() !== '') yield { key: `line ${number}`, text };
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(`The file cannot be read: ${why}.`);
    } finally {
      input.destroy();
    }
  }

  private read(key: string, text: string): Arrival | Misfit {
    try {
      const json = parseJson(text);
      if (!isObject(json)) return { key, problem: 'The line is no JSON object.' };
      const { [MARK]: mark, ...resource } = json;
      const type = this.only ?? typeOf(this.registry, resource);
      if (type === undefined) {
        const problem = 'Neither "schemas" nor "meta.resourceType" names a type of this service.';
        return { key, problem, resource };
      }
      const onlyRelations = readMark(mark)?.onlyRelations === true;
      return { key, type, resource, ...(onlyRelations ? { onlyRelations } : {}) };
    } catch (error) {
      return { key, problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

function typeOf({ types, typeByName }: SchemaRegistry, resource: JsonObject) {
  const { meta, schemas } = resource;
  if (isObject(meta) && typeof meta.resourceType === 'string') {
    return typeByName.get(meta.resourceType);
  }
  const named = isArray(schemas) ? schemas.map((urn) => String(urn).toLowerCase()) : [];
  return types.find(({ schema }) => named.includes(schema.id.toLowerCase()));
}
