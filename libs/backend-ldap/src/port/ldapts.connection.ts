import { connect as connectPlain, type Socket } from 'node:net';
import {
  connect as connectTls,
  type TLSSocket,
  type ConnectionOptions as TlsOptions,
} from 'node:tls';
import {
  AddRequest,
  Attribute,
  BindRequest,
  DeleteRequest,
  ExtendedRequest,
  Change as LdaptsChange,
  SearchRequest as LdaptsSearch,
  MessageParser,
  ModifyDNRequest,
  ModifyRequest,
  SearchEntry,
  SearchReference,
} from 'ldapts';
import { addressOf, type Fresh, type Open } from './connect.js';
import { passwordValue, SET_PASSWORD } from './controls.js';
import {
  type Attributes,
  type Change,
  type Entry,
  LdapError,
  type SearchRequest,
  Unreachable,
} from './directory.js';
import { filterOf, OctetsControl } from './ldapts.codec.js';
import { type Done, Operations } from './operations.js';
import { type Answer, entryOf, Protocol, type SentControl } from './protocol.js';

const START_TLS = '1.3.6.1.4.1.1466.20037';
/** The largest number of a message (RFC 4511 §4.1.1.1). */
const LAST_MESSAGE = 2 ** 31 - 1;

type Message =
  | AddRequest
  | BindRequest
  | DeleteRequest
  | ExtendedRequest
  | LdaptsSearch
  | ModifyDNRequest
  | ModifyRequest;

/** What all answers have. */
type MessageResponse = Pick<SearchEntry, 'messageId' | 'status' | 'errorMessage'>;

/** A request that is not answered yet. */
interface Asked {
  readonly message: Message;
  readonly entries: Entry[];
  readonly done: Done<Answer>;
}

/** Connections of our own whose messages ldapts writes and reads. */
export const openLdapts: Open = (server, tls, { timeout }) => {
  const { host, port } = server;
  const socket = server.secure ? connectTls({ ...tls, host, port }) : connectPlain({ host, port });
  return new LdaptsConnection(socket, server.secure, addressOf(server), timeout);
};

class LdaptsConnection extends Protocol implements Fresh {
  protected readonly operations: Operations;
  private readonly parser = new MessageParser();
  private readonly open = new Map<string, Asked>();
  private readonly ready: Promise<void>;
  private last = 0;

  constructor(
    private socket: Socket | TLSSocket,
    isSecure: boolean,
    where: string,
    timeout: number,
  ) {
    super(timeout);
    this.operations = new Operations(where, timeout, errorOf, () => this.socket.destroy());
    this.parser.on('message', (message) => this.receive(message));
    this.parser.on('error', (error) => this.operations.malformed(error));
    this.ready = this.operations.run((done) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        socket.setKeepAlive(true, 30_000);
        done();
      });
    });
    this.ready.catch(() => undefined);
    this.listen(socket);
  }

  connected(): Promise<void> {
    return this.ready;
  }

  async startTls(options: TlsOptions): Promise<void> {
    await this.send((messageId) => new ExtendedRequest({ messageId, oid: START_TLS }));
    const plain = this.socket;
    plain.removeAllListeners('data');
    await this.operations.run<void>((done) => {
      const secure = connectTls({ ...options, socket: plain });
      this.socket = secure;
      this.listen(secure);
      secure.once('secureConnect', () => done());
    });
  }

  async bind(dn: string, password: string): Promise<void> {
    await this.send((messageId) => new BindRequest({ messageId, dn, password }));
  }

  fail(error: Unreachable): void {
    this.operations.fail(error);
  }

  async rename(dn: string, newRdn: string): Promise<void> {
    await this.send((messageId) => new ModifyDNRequest({ messageId, dn, newRdn }));
  }

  async delete(dn: string): Promise<void> {
    await this.send((messageId) => new DeleteRequest({ messageId, dn }));
  }

  async setPassword(dn: string, password: string): Promise<void> {
    const value = passwordValue(dn, password);
    await this.send((messageId) => new ExtendedRequest({ messageId, oid: SET_PASSWORD, value }));
  }

  protected find(
    { base, scope, filter, attributes }: SearchRequest,
    sent: readonly SentControl[],
    timeLimit: number,
  ): Promise<Answer> {
    return this.send((messageId, controls) => {
      const options = { messageId, controls, baseDN: base, scope, timeLimit };
      return new LdaptsSearch({
        ...options,
        filter: filterOf(filter ?? { kind: 'present', attribute: 'objectClass' }),
        attributes: [...attributes],
      });
    }, sent);
  }

  protected addEntry(
    dn: string,
    attributes: Attributes,
    sent: readonly SentControl[],
  ): Promise<Answer> {
    const list = [...attributes].map(([type, values]) => attributeOf(type, values));
    return this.send(
      (messageId, controls) => new AddRequest({ messageId, controls, dn, attributes: list }),
      sent,
    );
  }

  protected modifyEntry(
    dn: string,
    changes: readonly Change[],
    sent: readonly SentControl[],
  ): Promise<Answer> {
    const list = changes.map(
      ({ operation, attribute, values }) =>
        new LdaptsChange({ operation, modification: attributeOf(attribute, values) }),
    );
    return this.send(
      (messageId, controls) => new ModifyRequest({ messageId, controls, dn, changes: list }),
      sent,
    );
  }

  private listen(socket: Socket | TLSSocket): void {
    socket.on('data', (octets: Buffer) =>
      this.operations.receive(octets, (message) => this.parser.read(message, this.open)),
    );
    socket.on('error', (cause) => {
      this.operations.lost('cannot be reached', cause);
      socket.destroy();
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => this.operations.lost('closed the connection'));
    }
  }

  private send(
    create: (messageId: number, controls: OctetsControl[]) => Message,
    sent: readonly SentControl[] = [],
  ): Promise<Answer> {
    this.last = this.last === LAST_MESSAGE ? 1 : this.last + 1;
    const id = this.last;
    const controls = sent.map((control) => new OctetsControl(control));
    const entries: Entry[] = [];
    return this.operations
      .run<Answer>((done) => {
        const message = create(id, controls);
        this.open.set(String(id), { message, entries, done });
        this.socket.write(message.write());
      })
      .then(({ entries: found }) => ({
        entries: found,
        control: (type: string) => controls.find((control) => control.type === type)?.answer,
      }))
      .finally(() => this.open.delete(String(id)));
  }

  private receive(message: MessageResponse): void {
    const open = this.open.get(String(message.messageId));
    // A server tells of itself with messages that nobody asked for (RFC 4511 §4.4).
    if (open === undefined || message instanceof SearchReference) return;
    if (message instanceof SearchEntry) {
      open.entries.push(readEntry(message));
      return;
    }
    const { status, errorMessage } = message;
    if (status === 0) open.done(undefined, { entries: open.entries, control: () => undefined });
    else open.done(new LdapError(status, errorMessage));
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function attributeOf(type: string, values: readonly Buffer[]): Attribute {
  return new Attribute({ type, values: [...values] });
}

function readEntry({ name, attributes }: SearchEntry): Entry {
  return entryOf(
    name,
    attributes.map(({ type, parsedBuffers }) => [type, parsedBuffers]),
  );
}
