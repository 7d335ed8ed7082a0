import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Backend } from '#backend';
import { CursorSealer } from '#scim';

const BYTES = 32;
/** Name of the file below the folder of what the service keeps for itself. */
const FILE = 'secret';

/**
 * The secret that cursors and tokens are sealed with. It is random: one made from the keys would
 * let whoever may only read guess a weak key without asking the service.
 */
export class SharedSecret {
  private secret: string | undefined;
  private sealer: CursorSealer | undefined;

  /**
   * @param stated by the operator, for instances that share clients but no folder
   * @param other one that opens, too, while the secret is exchanged
   * @param folder where it is kept otherwise
   */
  constructor(
    private readonly stated: string | undefined,
    private readonly other: string | undefined,
    private readonly folder: string,
    private readonly logger: Logger,
  ) {}

  /** Asks a store that keeps such things for the secret that all instances on it share. */
  async load(backend: Backend): Promise<void> {
    if (this.stated !== undefined || backend.keep === undefined) return;
    this.secret = await backend.keep('secret', newSecret());
  }

  /** Seals and opens cursors with it. */
  get cursors(): CursorSealer {
    this.sealer ??= new CursorSealer(this.values());
    return this.sealer;
  }

  /** The first one seals, all of them open. */
  values(): readonly [string, ...string[]] {
    this.secret ??= this.stated ?? this.kept();
    return this.other === undefined ? [this.secret] : [this.secret, this.other];
  }

  private kept(): string {
    const path = join(this.folder, FILE);
    try {
      return read(path) ?? create(this.folder, path);
    } catch (err) {
      this.logger.warn({ err }, `cursors and tokens end with this process: ${HINT}`);
      return newSecret();
    }
  }
}

function newSecret(): string {
  return randomBytes(BYTES).toString('base64url');
}

const HINT = 'set CURSOR_SECRET, or make DATA_PATH writable';

function read(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, and of two processes the first wins: a link never replaces a file. */
function create(folder: string, path: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${newSecret()}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const kept = read(path);
  if (kept === undefined) throw new Error(`${path} is empty`);
  return kept;
}
