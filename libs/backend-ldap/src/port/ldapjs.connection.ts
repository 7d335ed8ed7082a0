import { isIP } from 'node:net';
import ldap from 'ldapjs';
import type { LdapServer } from '../ldap.options.js';
import { Deadline } from './deadline.js';
import {
  type Attributes,
  type Change,
  type Connection,
  type Entry,
  LdapError,
  type LdapFilter,
  RESULT,
  Refused,
  type SearchPage,
  type SearchRequest,
  type Told,
  Unreachable,
  type View,
  type ViewRequest,
} from './directory.js';
import { Frames } from './frames.js';
import {
  afterControls,
  afterOf,
  cookieOf,
  pageControl,
  viewControls,
  viewOf,
} from './ldapjs.controls.js';
import { type Control, parserOf, sendRename } from './ldapjs.library.js';

/** What one connection is made with. */
export interface ConnectOptions {
  readonly server: LdapServer;
  readonly startTls: boolean;
  readonly ca: string | undefined;
  readonly userName: string | undefined;
  readonly password: string | undefined;
  readonly connectTimeout: number;
  readonly timeout: number;
}

/**
 * Connects, encrypts and binds, within `connectTimeout`.
 * @throws Unreachable, or Refused
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { server, startTls, userName, password, connectTimeout } = options;
  const where = `${server.host}:${server.port}`;
  const tls = {
    host: server.host,
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  const client = ldap.createClient({
    url: `${server.secure ? 'ldaps' : 'ldap'}://${host}:${server.port}`,
    tlsOptions: tls,
    connectTimeout,
    // Nothing waits inside the library: its queue is not emptied when a connection breaks.
    queueDisable: true,
  });
  const connection = new LdapjsConnection(client, where, options.timeout);
  const deadline = setTimeout(
    () => connection.fail(new Unreachable(`${where} did not answer in time`, false)),
    connectTimeout,
  );
  let stage: Refused['stage'] | undefined;
  try {
    await connection.connected();
    if (startTls && !server.secure) {
      stage = 'startTls';
      await connection.run<void>((done) => client.starttls({ ...tls }, [], done));
    }
    if (userName !== undefined) {
      stage = 'bind';
      await connection.run<void>((done) => client.bind(userName, password ?? '', done));
    }
    return connection;
  } catch (error) {
    connection.close();
    if (error instanceof LdapError && stage) throw new Refused(where, stage, error);
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

type Done<T> = (error?: unknown, result?: T) => void;

/** Octets still to come that count like an operation under way. */
const LIKE_AN_OPERATION = 16_384;

class LdapjsConnection implements Connection {
  usable = true;
  #operations = 0;
  readonly #frames = new Frames();
  /** When the last octet came, in milliseconds of a clock that is never set. */
  #heard = performance.now();
  readonly #ready: Promise<void>;
  readonly #broken = new Set<(error: Unreachable) => void>();
  #failure: Unreachable | undefined;

  constructor(
    private readonly client: ldap.Client,
    private readonly where: string,
    private readonly timeout: number,
  ) {
    this.#ready = new Promise((resolve, reject) => {
      this.#broken.add(reject);
      client.once('connect', (socket?: { setKeepAlive?(on: boolean, delay: number): void }) => {
        this.#broken.delete(reject);
        socket?.setKeepAlive?.(true, 30_000);
        this.#listen();
        resolve();
      });
    });
    this.#ready.catch(() => undefined);
    for (const event of ['error', 'connectRefused', 'connectTimeout', 'connectError']) {
      client.on(event, (cause: unknown) => this.#lost('cannot be reached', cause));
    }
    for (const event of ['close', 'end', 'socketTimeout', 'destroy']) {
      client.on(event, () => this.#lost('closed the connection'));
    }
  }

  /** What waits behind a long answer waits for all of it. */
  get load(): number {
    return this.#operations + Math.ceil(this.#frames.pending / LIKE_AN_OPERATION);
  }

  connected(): Promise<void> {
    return this.#ready;
  }

  /** Has messages parsed when they are whole; the library joins what it has anew for each chunk. */
  #listen(): void {
    const parser = parserOf(this.client);
    if (parser === undefined) return;
    const parse = parser.write.bind(parser);
    parser.write = (octets) => {
      this.#heard = performance.now();
      try {
        for (const message of this.#frames.push(octets)) parse(message);
      } catch (error) {
        this.#malformed(error);
      }
      return true;
    };
    parser.removeAllListeners('error');
    parser.on('error', (error) => this.#malformed(error));
  }

  #malformed(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.fail(new Unreachable(`${this.where} sent what is no LDAP: ${why}`, false, { cause }));
  }

  search(request: SearchRequest): Promise<readonly Entry[]> {
    return this.#search(request, []).then(({ entries }) => entries);
  }

  async page(
    request: SearchRequest,
    size: number,
    cookie: Buffer | undefined,
  ): Promise<SearchPage> {
    const { entries, result } = await this.#search(request, [pageControl(size, cookie)]);
    return { entries, cookie: cookieOf(result) };
  }

  async view(request: ViewRequest): Promise<View> {
    try {
      // A list too long to be sorted in time is refused while there is time to read it otherwise.
      const found = this.#search(request, viewControls(request), this.timeout / 2);
      const { entries, result } = await found;
      const { total, code } = viewOf(result);
      if (code !== 0) throw new LdapError(code, 'The server gives no view of the list.');
      return { entries, total };
    } catch (error) {
      const beyond =
        error instanceof LdapError &&
        (error.code === RESULT.viewError || error.code === RESULT.offsetRangeError);
      if (beyond) return { entries: [], total: undefined };
      throw error;
    } finally {
      this.close();
    }
  }

  /** @param limit milliseconds that the server has, rounded up to seconds */
  #search(request: SearchRequest, sent: readonly Control[], limit = this.timeout): Promise<Found> {
    const { base, scope, filter, attributes } = request;
    const options = {
      scope,
      filter: filterOf(filter ?? { kind: 'present', attribute: 'objectClass' }),
      attributes: [...attributes],
      timeLimit: Math.ceil(limit / 1000),
    };
    return this.run<Found>((done) => {
      this.client.search(nameOf(base), options, [...sent], (error, response) => {
        if (error) return done(error);
        const entries: Entry[] = [];
        response.on('searchEntry', (entry) => entries.push(entryOf(entry)));
        response.on('error', done);
        response.on('end', (result) => done(undefined, { entries, result }));
      });
    });
  }

  add(dn: string, attributes: Attributes, after: readonly string[]): Promise<Told> {
    const list = [...attributes].map(([type, values]) => attributeOf(type, values));
    const controls = afterControls(after) as ldap.Control[];
    return this.run<unknown>((done) => this.client.add(nameOf(dn), list, controls, done)).then(
      afterOf,
    );
  }

  modify(dn: string, changes: readonly Change[], after: readonly string[]): Promise<Told> {
    const list = changes.map(
      ({ operation, attribute, values }) =>
        new ldap.Change({ operation, modification: attributeOf(attribute, values) }),
    );
    const controls = afterControls(after) as ldap.Control[];
    return this.run<unknown>((done) => this.client.modify(nameOf(dn), list, controls, done)).then(
      afterOf,
    );
  }

  rename(dn: string, rdn: string): Promise<void> {
    return this.run((done) =>
      sendRename(this.client, new VerbatimName(dn), new VerbatimName(rdn), done),
    );
  }

  delete(dn: string): Promise<void> {
    return this.run((done) => this.client.del(nameOf(dn), done));
  }

  close(): void {
    this.#lost('was let go');
    this.client.destroy();
  }

  /** Breaks the connection off: whoever waits for it gets this error. */
  fail(error: Unreachable): void {
    this.#failure ??= error;
    this.close();
  }

  /** Runs one operation; it ends with its answer, the connection, or the deadline. */
  run<T>(start: (done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const settle = (finish: () => void) => {
        if (!this.#broken.delete(broken)) return;
        deadline.clear();
        this.#operations -= 1;
        finish();
      };
      const broken = (error: Unreachable) => settle(() => reject(error));
      // What waits behind an operation that is not answered would not be answered either.
      const deadline = new Deadline(
        this.timeout,
        () => this.#heard,
        () => this.fail(new Unreachable(`${this.where} did not answer in time`, false)),
      );
      this.#broken.add(broken);
      this.#operations += 1;
      const done: Done<T> = (error, result) =>
        settle(() => (error ? reject(this.#errorOf(error)) : resolve(result as T)));
      try {
        start(done);
      } catch (error) {
        done(error);
      }
    });
  }

  #lost(how: string, cause?: unknown): void {
    this.usable = false;
    this.#failure ??= new Unreachable(`${this.where} ${how}`, true, { cause });
    const failure = this.#failure;
    for (const reject of [...this.#broken]) {
      reject(failure);
      this.#broken.delete(reject);
    }
  }

  /** Result codes are below 0x60; beyond that the library numbers its own troubles. */
  #errorOf(error: unknown): Error {
    const code = codeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    if (code !== undefined && code < 0x60) return new LdapError(code, message, { cause: error });
    if (code === undefined && error instanceof TypeError) return error;
    return new Unreachable(`${this.where}: ${message}`, true, { cause: error });
  }
}

interface Found {
  readonly entries: readonly Entry[];
  /** What ended the search, with its controls. */
  readonly result: unknown;
}

/**
 * A name that is sent as it is. The library's own way from text to name and back loses backslashes
 * and blanks at the ends, and reads `#…` as hexadecimal.
 */
class VerbatimName extends ldap.DN {
  constructor(private readonly text: string) {
    super();
  }

  override toString(): string {
    return this.text;
  }
}

function nameOf(dn: string): string {
  // Typed as text only; the library takes its own class as well and asks it for text.
  return new VerbatimName(dn) as unknown as string;
}

function attributeOf(type: string, values: readonly Buffer[]): ldap.Attribute {
  return new ldap.Attribute({ type, values: [...values] });
}

function filterOf(filter: LdapFilter): ldap.Filter {
  switch (filter.kind) {
    case 'and':
      return new ldap.AndFilter({ filters: filter.operands.map(filterOf) });
    case 'or':
      return new ldap.OrFilter({ filters: filter.operands.map(filterOf) });
    case 'not':
      return new ldap.NotFilter({ filter: filterOf(filter.operand) });
    case 'present':
      return new ldap.PresenceFilter({ attribute: filter.attribute });
    case 'equal': {
      const { attribute, value } = filter;
      return new ldap.EqualityFilter({ attribute, value });
    }
    case 'substring': {
      const { attribute, initial = '', any, final = '' } = filter;
      return new ldap.SubstringFilter({ attribute, initial, any: [...any], final });
    }
  }
}

function entryOf(entry: ldap.SearchEntry): Entry {
  const attributes = new Map<string, readonly Buffer[]>();
  for (const { type, buffers } of entry.attributes as unknown as readonly RawAttribute[]) {
    const name = type.toLowerCase();
    if (!name.includes(';') || name.endsWith(';binary')) {
      attributes.set(name.replace(';binary', ''), buffers);
    }
  }
  const dn = attributes.get('entrydn')?.[0]?.toString('utf8') ?? String(entry.objectName);
  return { dn, attributes };
}

interface RawAttribute {
  readonly type: string;
  readonly buffers: readonly Buffer[];
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}
