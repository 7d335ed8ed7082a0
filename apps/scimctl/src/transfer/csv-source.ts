import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { ResourceType } from '#scim';
import { CommandError } from '../terminal/exit-codes.js';
import { CsvColumns } from './csv-columns.js';
import type { Arrival, Misfit, Source } from './source.js';

/** A table with one resource in each row; the first row names the columns (RFC 4180). */
export class CsvSource implements Source {
  /** @param mapping attribute paths by column; undefined: the columns are named by them */
  constructor(
    private readonly file: string,
    private readonly type: ResourceType,
    private readonly mapping: Readonly<Record<string, string>> | undefined,
  ) {}

  async count(): Promise<number> {
    let rows = 0;
    for await (const _ of this.rows()) rows++;
    return Math.max(0, rows - 1);
  }

  async *resources(): AsyncGenerator<Arrival | Misfit> {
    const { type } = this;
    let columns: CsvColumns | undefined;
    let number = 0;
    for await (const cells of this.rows()) {
      number++;
      if (columns === undefined) {
        columns = new CsvColumns(type, cells, this.mapping);
        continue;
      }
      const key = `row ${number}`;
      try {
        yield { key, type, resource: columns.resource(cells) };
      } catch (error) {
        yield { key, problem: error instanceof Error ? error.message : String(error) };
      }
    }
  }

  async *related(): AsyncGenerator<Arrival> {
    if (this.type.relations.length + this.type.references.length === 0) return;
    for await (const item of this.resources()) if (!('problem' in item)) yield item;
  }

  private async *rows(): AsyncGenerator<readonly string[]> {
    const input = createReadStream(this.file);
    const parser = parse({ bom: true, skip_empty_lines: true, trim: true });
    input.on('error', (error) => parser.destroy(error));
    try {
      for await (const row of input.pipe(parser)) yield row as readonly string[];
    } catch (error) {
      if (error instanceof CommandError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(`The table cannot be read: ${why}.`);
    } finally {
      input.destroy();
    }
  }
}
