import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { rename, stat, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isObject } from '#scim';

/** Written meanwhile; the file itself appears whole or not at all. */
const PART = '.part';

/** Takes lines: standard output, or a file that goes on where an earlier run was cut off. */
export interface LineSink {
  /** Keys (`User/7f3c…`) of what an earlier run wrote. */
  written(): AsyncIterable<string>;
  line(text: string): Promise<void>;
  /** Everything was written. */
  finish(): Promise<void>;
  /** Cut off: what was written stays, to be gone on with. */
  leave(): Promise<void>;
}

/** Its owner's alone: hashes of passwords are in it. */
export class ExportFile implements LineSink {
  private stream: WriteStream | undefined;

  constructor(private readonly file: string) {}

  async *written(): AsyncGenerator<string> {
    const part = this.file + PART;
    if (!(await exists(part))) return;
    let good = 0;
    const input = createReadStream(part, 'utf8');
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const key = identityOf(text);
      if (key === undefined) break; // cut off by a kill
      good += Buffer.byteLength(text) + 1;
      yield key;
    }
    input.destroy();
    // A last line that is whole but for its end is written anew.
    const { size } = await stat(part);
    if (good > size) {
      const stream = this.open();
      stream.write('\n');
    } else await truncate(part, good);
  }

  async line(text: string): Promise<void> {
    if (!this.open().write(`${text}\n`)) await once(this.open(), 'drain');
  }

  async finish(): Promise<void> {
    await this.leave();
    await rename(this.file + PART, this.file);
  }

  async leave(): Promise<void> {
    const stream = this.open();
    stream.end();
    await once(stream, 'close');
  }

  private open(): WriteStream {
    this.stream ??= createWriteStream(this.file + PART, { flags: 'a', mode: 0o600 });
    return this.stream;
  }
}

function identityOf(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json) || !isObject(json.meta)) return undefined;
    return `${json.meta.resourceType}/${json.id}`;
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
