import { PAGED_RESULTS, SORT_REQUEST, VIEW_REQUEST } from './controls.js';
import {
  type Attributes,
  type Change,
  type Connection,
  type Entry,
  LdapError,
  type LdapFilter,
  RESULT,
  type SearchRequest,
  Unreachable,
  type View,
  type ViewRequest,
} from './directory.js';

export interface PoolOptions {
  /** Opens a connection to one of the servers, by number. */
  readonly connect: (server: number) => Promise<Connection>;
  readonly servers: number;
  /** Connections for single operations, the most for scans besides, and the most for views. */
  readonly size: number;
  readonly pageSize: number;
  /** Milliseconds between signs of life. */
  readonly keepAliveEvery: number;
  /** Milliseconds that a scan waits for its turn. */
  readonly timeout: number;
}

/**
 * A directory behind a few connections. They are opened when needed, bound anew each time, watched
 * while idle, and dropped when they break; a server that cannot be reached makes room for the next.
 * Reads are tried once more where an idle connection turned out to be broken; writes never are.
 *
 * A connection can have one paged search under way, so looking something up takes one for itself
 * for as long as its pages last, and scans, which last as long as their reader likes, have others.
 * Views of sorted lists get one each, which lives no longer than they do.
 */
export class Pool {
  readonly #shared: Slot[];
  readonly #scans: Slot[];
  readonly #views: Slot[];
  readonly #waiting: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #hasPages = true;
  #hasViews = false;
  #server = 0;
  #closed = false;

  constructor(private readonly options: PoolOptions) {
    const slots = () => Array.from({ length: options.size }, () => new Slot(() => this.#open()));
    this.#shared = slots();
    this.#scans = slots();
    this.#views = slots();
    this.#timer = setInterval(() => this.#keepAlive(), options.keepAliveEvery);
    this.#timer.unref();
  }

  /**
   * What the server can do: pages (without them every search is answered at once), and views of
   * sorted lists.
   */
  useControls(controls: readonly string[]): void {
    this.#hasPages = controls.includes(PAGED_RESULTS);
    this.#hasViews = controls.includes(SORT_REQUEST) && controls.includes(VIEW_REQUEST);
  }

  get hasViews(): boolean {
    return this.#hasViews;
  }

  /** The entry of this name, if it is there and passes the filter. */
  async read(
    dn: string,
    attributes: readonly string[],
    filter?: LdapFilter,
  ): Promise<Entry | undefined> {
    const request: SearchRequest = {
      base: dn,
      scope: 'base',
      attributes,
      ...(filter === undefined ? {} : { filter }),
    };
    return this.#again(async () => {
      const connection = await this.#leastLoaded().connection();
      try {
        return (await connection.search(request))[0];
      } catch (error) {
        if (isCode(error, RESULT.noSuchObject, RESULT.invalidDnSyntax)) return undefined;
        throw error;
      }
    });
  }

  /** Everything that matches, at once: for searches that find little. */
  find(request: SearchRequest): Promise<readonly Entry[]> {
    return this.#again(async () => {
      const slot = await this.#take(this.#shared);
      try {
        const found: Entry[] = [];
        for await (const entries of this.#pages(slot, request)) found.push(...entries);
        return found;
      } finally {
        this.#giveBack(slot);
      }
    });
  }

  /** Everything that matches, page by page as the reader goes on. */
  async *scan(request: SearchRequest): AsyncGenerator<readonly Entry[]> {
    const slot = await this.#take(this.#scans);
    try {
      yield* this.#pages(slot, request);
    } finally {
      this.#giveBack(slot);
    }
  }

  /** A part of a sorted list. @throws LdapError also where the server cannot sort now, or at all */
  async view(request: ViewRequest): Promise<View> {
    const slot = await this.#take(this.#views);
    try {
      return await (await slot.connection()).view(request);
    } finally {
      this.#giveBack(slot);
    }
  }

  async add(dn: string, attributes: Attributes): Promise<void> {
    const connection = await this.#leastLoaded().connection();
    await connection.add(dn, attributes);
  }

  async modify(dn: string, changes: readonly Change[]): Promise<void> {
    const connection = await this.#leastLoaded().connection();
    await connection.modify(dn, changes);
  }

  async delete(dn: string): Promise<void> {
    const connection = await this.#leastLoaded().connection();
    await connection.delete(dn);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const slot of [...this.#shared, ...this.#scans, ...this.#views]) slot.close();
  }

  async *#pages(slot: Slot, request: SearchRequest): AsyncGenerator<readonly Entry[]> {
    const connection = await slot.connection();
    if (!this.#hasPages) {
      yield await connection.search(request);
      return;
    }
    let cookie: Buffer | undefined;
    do {
      const page = await connection.page(request, this.options.pageSize, cookie);
      yield page.entries;
      cookie = page.cookie;
    } while (cookie !== undefined);
  }

  /** Repeats what only reads where a connection broke that had been good. */
  async #again<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Unreachable && error.stale) || this.#closed) throw error;
      return read();
    }
  }

  /** Tries the servers in turn, first the one that answered last. */
  async #open(): Promise<Connection> {
    let failure: unknown = new Unreachable('the backend is closed', false);
    for (let tried = 0; tried < this.options.servers && !this.#closed; tried++) {
      const server = (this.#server + tried) % this.options.servers;
      try {
        const connection = await this.options.connect(server);
        this.#server = server;
        if (!this.#closed) return connection;
        connection.close();
      } catch (error) {
        failure = error instanceof Unreachable ? fresh(error) : error;
      }
    }
    throw failure;
  }

  #leastLoaded(): Slot {
    return this.#shared.reduce((best, slot) => (slot.load < best.load ? slot : best));
  }

  async #take(slots: readonly Slot[]): Promise<Slot> {
    const deadline = Date.now() + this.options.timeout;
    for (;;) {
      const free = slots.find((slot) => !slot.paging);
      if (free !== undefined) {
        free.paging = true;
        return free;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Unreachable('too many searches at once', false);
      await this.#released(left);
    }
  }

  #released(most: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, most);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #giveBack(slot: Slot): void {
    slot.paging = false;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #keepAlive(): void {
    for (const slot of [...this.#shared, ...this.#scans]) slot.touch();
  }
}

/** The place of a connection, with one in it or not. */
class Slot {
  paging = false;
  #opening: Promise<Connection> | undefined;
  #connection: Connection | undefined;

  constructor(private readonly open: () => Promise<Connection>) {}

  get load(): number {
    const busy = this.paging ? 1 : 0;
    return busy + (this.#connection?.usable ? this.#connection.load : 1);
  }

  async connection(): Promise<Connection> {
    if (this.#connection?.usable) return this.#connection;
    this.#opening ??= this.open().finally(() => {
      this.#opening = undefined;
    });
    this.#connection = await this.#opening;
    return this.#connection;
  }

  /** Asks an idle connection for the root entry, so that nobody between takes it for dead. */
  touch(): void {
    const connection = this.#connection;
    if (!connection?.usable || connection.load > 0) return;
    connection.search({ base: '', scope: 'base', attributes: ['1.1'] }).catch(() => undefined);
  }

  close(): void {
    this.#connection?.close();
  }
}

/** A new connection that failed is no stale one: the same would happen again at once. */
function fresh(error: Unreachable): Unreachable {
  return new Unreachable(error.message, false, { cause: error });
}

export function isCode(error: unknown, ...codes: readonly number[]): error is LdapError {
  return error instanceof LdapError && codes.includes(error.code);
}
