import type { ConnectionOptions as TlsOptions } from 'node:tls';
import ldap from 'ldapjs';
import { addressOf, type Fresh, type Open } from './connect.js';
import { SET_PASSWORD } from './controls.js';
import {
  type Attributes,
  type Change,
  type Entry,
  LdapError,
  type LdapFilter,
  type SearchRequest,
  Unreachable,
} from './directory.js';
import { type Control, library, parserOf, sendRename } from './ldapjs.library.js';
import { type Done, Operations } from './operations.js';
import { type Answer, entryOf, Protocol, type SentControl } from './protocol.js';

/** Connections by ldapjs. */
export const openLdapjs: Open = (server, tls, { connectTimeout, timeout }) => {
  const where = addressOf(server);
  const client = ldap.createClient({
    url: `${server.secure ? 'ldaps' : 'ldap'}://${where}`,
    tlsOptions: tls,
    connectTimeout,
    // Nothing waits inside the library: its queue is not emptied when a connection breaks.
    queueDisable: true,
  });
  return new LdapjsConnection(client, where, timeout);
};

class LdapjsConnection extends Protocol implements Fresh {
  protected readonly operations: Operations;
  private readonly ready: Promise<void>;

  constructor(
    private readonly client: ldap.Client,
    where: string,
    timeout: number,
  ) {
    super(timeout);
    this.operations = new Operations(
      where,
      timeout,
      (error) => errorOf(error, where),
      () => client.destroy(),
    );
    this.ready = this.operations.run((done) => {
      client.once('connect', (socket?: { setKeepAlive?(on: boolean, delay: number): void }) => {
        socket?.setKeepAlive?.(true, 30_000);
        this.listen();
        done();
      });
    });
    this.ready.catch(() => undefined);
    for (const event of ['error', 'connectRefused', 'connectTimeout', 'connectError']) {
      client.on(event, (cause: unknown) => this.operations.lost('cannot be reached', cause));
    }
    for (const event of ['close', 'end', 'socketTimeout', 'destroy']) {
      client.on(event, () => this.operations.lost('closed the connection'));
    }
  }

  connected(): Promise<void> {
    return this.ready;
  }

  startTls(options: TlsOptions): Promise<void> {
    return this.run((done) => this.client.starttls({ ...options }, [], done));
  }

  bind(name: string, password: string): Promise<void> {
    return this.run((done) => this.client.bind(name, password, done));
  }

  fail(error: Unreachable): void {
    this.operations.fail(error);
  }

  rename(dn: string, rdn: string): Promise<void> {
    const [entry, newRdn] = [new VerbatimName(dn), new VerbatimName(rdn)];
    return this.run((done) => sendRename(this.client, entry, newRdn, done));
  }

  delete(dn: string): Promise<void> {
    return this.run((done) => this.client.del(nameOf(dn), done));
  }

  setPassword(userIdentity: string, newPassword: string): Promise<void> {
    // Typed as text only.
    const value = { userIdentity, newPassword } as unknown as string;
    return this.run((done) => this.client.exop(SET_PASSWORD, value, [], (error) => done(error)));
  }

  protected find(
    { base, scope, filter, attributes }: SearchRequest,
    sent: readonly SentControl[],
    seconds: number,
  ): Promise<Answer> {
    const options = {
      scope,
      filter: filterOf(filter ?? { kind: 'present', attribute: 'objectClass' }),
      attributes: [...attributes],
      timeLimit: seconds,
    };
    return this.operations.run<Answer>((done) => {
      this.client.search(nameOf(base), options, controlsOf(sent), (error, response) => {
        if (error) return done(error);
        const entries: Entry[] = [];
        response.on('searchEntry', (entry) => entries.push(readEntry(entry)));
        response.on('error', done);
        response.on('end', (result) => done(undefined, answerOf(result, entries)));
      });
    });
  }

  protected async addEntry(
    dn: string,
    attributes: Attributes,
    sent: readonly SentControl[],
  ): Promise<Answer> {
    const list = [...attributes].map(([type, values]) => attributeOf(type, values));
    const result = await this.run<unknown>((done) =>
      this.client.add(nameOf(dn), list, controlsOf(sent), done),
    );
    return answerOf(result);
  }

  protected async modifyEntry(
    dn: string,
    changes: readonly Change[],
    sent: readonly SentControl[],
  ): Promise<Answer> {
    const list = changes.map(
      ({ operation, attribute, values }) =>
        new ldap.Change({ operation, modification: attributeOf(attribute, values) }),
    );
    const result = await this.run<unknown>((done) =>
      this.client.modify(nameOf(dn), list, controlsOf(sent), done),
    );
    return answerOf(result);
  }

  private run<T = void>(start: (done: Done<T>) => void): Promise<T> {
    return this.operations.run(start);
  }

  /** Has messages parsed when they are whole; the library joins what it has anew for each chunk. */
  private listen(): void {
    const parser = parserOf(this.client);
    if (parser === undefined) return;
    const parse = parser.write.bind(parser);
    parser.write = (octets) => {
      this.operations.receive(octets, parse);
      return true;
    };
    parser.removeAllListeners('error');
    parser.on('error', (error) => this.operations.malformed(error));
  }
}

/** Result codes are below 0x60; beyond that the library numbers its own troubles. */
function errorOf(error: unknown, where: string): Error {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof code === 'number' && code < 0x60)
    return new LdapError(code, message, { cause: error });
  if (typeof code !== 'number' && error instanceof TypeError) return error;
  return new Unreachable(`${where}: ${message}`, true, { cause: error });
}

/** Its value goes as it is; the library would make text of it. */
class OctetsControl extends library.Control {
  constructor(private readonly sent: SentControl) {
    super({ type: sent.type, criticality: sent.critical });
  }

  /** Called by the library. */
  _toBer(ber: { writeBuffer(octets: Buffer, tag: number): void }): void {
    ber.writeBuffer(this.sent.value, 0x04);
  }
}

function controlsOf(sent: readonly SentControl[]): ldap.Control[] {
  return sent.map((control): Control => new OctetsControl(control)) as ldap.Control[];
}

function answerOf(result: unknown, entries: readonly Entry[] = []): Answer {
  const { controls = [] } = (result ?? {}) as {
    readonly controls?: readonly { readonly type?: string; readonly value?: unknown }[];
  };
  return {
    entries,
    control: (type) => {
      const value = controls.find((control) => control.type === type)?.value;
      return Buffer.isBuffer(value) ? value : undefined;
    },
  };
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

function readEntry(entry: ldap.SearchEntry): Entry {
  const sent = entry.attributes as unknown as readonly {
    readonly type: string;
    readonly buffers: readonly Buffer[];
  }[];
  return entryOf(
    String(entry.objectName),
    sent.map(({ type, buffers }) => [type, buffers]),
  );
}
