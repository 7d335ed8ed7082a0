import { PAGED_RESULTS, POST_READ, SORT_REQUEST, VIEW_REQUEST } from './controls.js';
import {
  type Attributes,
  type Change,
  type Connection,
  type Entry,
  LdapError,
  type LdapFilter,
  RESULT,
  type SearchRequest,
  type Told,
  Unreachable,
  type View,
  type ViewRequest,
} from './directory.js';
import { LargeEntries } from './large-entries.js';
import { type Slot, Slots } from './slots.js';

const NO_ATTRIBUTES: Attributes = new Map();

/** Connections for entries that take long to read. */
const FOR_LARGE = 2;

export interface PoolOptions {
  /** Opens a connection to one of the servers, by number. */
  readonly connect: (server: number) => Promise<Connection>;
  readonly servers: number;
  /** Connections for single operations, the most for scans besides, and the most for views. */
  readonly size: number;
  readonly pageSize: number;
  /** Milliseconds between signs of life. */
  readonly keepAliveEvery: number;
  /** Milliseconds that a search waits for its turn while nobody before it is done. */
  readonly timeout: number;
}

/**
 * A directory behind a few connections. They are opened when needed, bound anew each time, watched
 * while idle, and dropped when they break; a server that cannot be reached makes room for the next.
 * Reads are tried once more where an idle connection turned out to be broken; writes never are.
 *
 * A connection can have one paged search under way, so looking something up takes one for itself
 * for as long as its pages last, and scans, which last as long as their reader likes, have others.
 * Views of sorted lists get one each, which lives no longer than they do. Entries that were long to
 * read have connections of their own, since small answers would have to wait behind them.
 */
export class Pool {
  private readonly shared: Slots;
  private readonly scans: Slots;
  private readonly views: Slots;
  private readonly long: Slots;
  private readonly large = new LargeEntries();
  private readonly timer: NodeJS.Timeout;
  private hasPages = true;
  private advertisesViews = false;
  private tellsAfter = false;
  private server = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {
    const slots = (size: number) => new Slots(size, () => this.open(), options.timeout);
    this.shared = slots(options.size);
    this.scans = slots(options.size);
    this.views = slots(options.size);
    this.long = slots(FOR_LARGE);
    this.timer = setInterval(() => this.keepAlive(), options.keepAliveEvery);
    this.timer.unref();
  }

  /**
   * What the server can do: pages (without them every search is answered at once), views of sorted
   * lists, and telling of an entry after its change.
   */
  useControls(controls: readonly string[]): void {
    this.hasPages = controls.includes(PAGED_RESULTS);
    this.tellsAfter = controls.includes(POST_READ);
    this.advertisesViews = controls.includes(SORT_REQUEST) && controls.includes(VIEW_REQUEST);
  }

  get hasViews(): boolean {
    return this.advertisesViews;
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
    const key = `${attributes.join()} ${dn}`;
    const read = async (connection: Connection) => {
      try {
        return (await connection.search(request))[0];
      } catch (error) {
        if (isCode(error, RESULT.noSuchObject, RESULT.invalidDnSyntax)) return undefined;
        throw error;
      }
    };
    return this.again(async () => {
      const entry = this.large.has(key)
        ? await this.long.alone(async (slot) => read(await slot.connection()))
        : await read(await this.shared.leastLoaded());
      this.large.observe(key, entry);
      return entry;
    });
  }

  /** Everything that matches, at once: for searches that find little. */
  find(request: SearchRequest): Promise<readonly Entry[]> {
    return this.again(() =>
      this.shared.alone(async (slot) => {
        const found: Entry[] = [];
        for await (const entries of this.pages(slot, request)) found.push(...entries);
        return found;
      }),
    );
  }

  /** Everything that matches, page by page as the reader goes on. */
  async *scan(request: SearchRequest): AsyncGenerator<readonly Entry[]> {
    const slot = await this.scans.take();
    try {
      yield* this.pages(slot, request);
    } finally {
      this.scans.giveBack(slot);
    }
  }

  /** A part of a sorted list. @throws LdapError also where the server cannot sort now, or at all */
  view(request: ViewRequest): Promise<View> {
    return this.views.alone(async (slot) => (await slot.connection()).view(request));
  }

  /** @returns those attributes named in `after`, as they are then */
  add(dn: string, attributes: Attributes, after: readonly string[] = []): Promise<Attributes> {
    return this.changed(dn, after, (connection, told) => connection.add(dn, attributes, told));
  }

  /** @returns those attributes named in `after`, as they are then */
  modify(dn: string, changes: readonly Change[], after: readonly string[] = []) {
    return this.changed(dn, after, (connection, told) => connection.modify(dn, changes, told));
  }

  async rename(dn: string, rdn: string): Promise<void> {
    const connection = await this.shared.leastLoaded();
    await connection.rename(dn, rdn);
  }

  async delete(dn: string): Promise<void> {
    const connection = await this.shared.leastLoaded();
    await connection.delete(dn);
  }

  async setPassword(dn: string, password: string): Promise<void> {
    const connection = await this.shared.leastLoaded();
    await connection.setPassword(dn, password);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const slots of [this.shared, this.scans, this.views, this.long]) slots.close();
  }

  /** Makes a change, and reads what is to be told of the entry where the server does not tell. */
  private async changed(
    dn: string,
    after: readonly string[],
    change: (connection: Connection, told: readonly string[]) => Promise<Told>,
  ): Promise<Attributes> {
    const connection = await this.shared.leastLoaded();
    const told = await change(connection, this.tellsAfter ? after : []);
    if (after.length === 0) return NO_ATTRIBUTES;
    return told ?? (await this.read(dn, after))?.attributes ?? NO_ATTRIBUTES;
  }

  private async *pages(slot: Slot, request: SearchRequest): AsyncGenerator<readonly Entry[]> {
    const connection = await slot.connection();
    if (!this.hasPages) {
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
  private async again<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Unreachable && error.stale) || this.closed) throw error;
      return read();
    }
  }

  /** Tries the servers in turn, first the one that answered last. */
  private async open(): Promise<Connection> {
    let failure: unknown = new Unreachable('the backend is closed', false);
    for (let tried = 0; tried < this.options.servers && !this.closed; tried++) {
      const server = (this.server + tried) % this.options.servers;
      try {
        const connection = await this.options.connect(server);
        this.server = server;
        if (!this.closed) return connection;
        connection.close();
      } catch (error) {
        failure = error instanceof Unreachable ? fresh(error) : error;
      }
    }
    throw failure;
  }

  private keepAlive(): void {
    for (const slots of [this.shared, this.scans, this.long]) slots.touch();
  }
}

/** A new connection that failed is no stale one: the same would happen again at once. */
function fresh(error: Unreachable): Unreachable {
  return new Unreachable(error.message, false, { cause: error });
}

export function isCode(error: unknown, ...codes: readonly number[]): error is LdapError {
  return error instanceof LdapError && codes.includes(error.code);
}
