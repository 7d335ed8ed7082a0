import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from './connect.js';
import { type Connection, Unreachable } from './directory.js';
import { openLdapjs } from './ldapjs.connection.js';
import { openLdapts } from './ldapts.connection.js';

/** `30 0c 02 01 01 65 07 0a 01 00 04 00 04 00`: the search is done. */
const DONE = Buffer.from('300c02010165070a010004000400', 'hex');

/** An entry of 37 octets whose only value says that it is longer than the message. */
const BEYOND = Buffer.from(
  '3023' +
    '020101' +
    '641e' +
    '0404636e3d61' +
    '3016' +
    '3014' +
    '0402636e' +
    '310e' +
    '047f6161'.padEnd(28, '6'),
  'hex',
);

describe.each([
  ['ldapjs', openLdapjs],
  ['ldapts', openLdapts],
])('R-385 a connection by %s', (_, open) => {
  const servers: Server[] = [];
  const connections: Connection[] = [];
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    for (const server of servers.splice(0)) {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** Connects to a server that answers what comes with octets of its own. */
  async function connected(host: string, answer: (socket: Socket) => void): Promise<Connection> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const connection = await connect(open, {
      server: { secure: false, host, port },
      startTls: false,
      ca: undefined,
      userName: undefined,
      password: undefined,
      connectTimeout: 20_000,
      timeout: 20_000,
    });
    connections.push(connection);
    return connection;
  }

  const search = (connection: Connection) =>
    connection.search({ base: 'cn=a', scope: 'base', attributes: ['cn'] });

  it('R-373 ends, and says why, with an answer that ends beyond its message', async () => {
    expect(BEYOND).toHaveLength(37);
    const connection = await connected('127.0.0.1', (socket) => socket.write(BEYOND));
    const answer = search(connection);
    await expect(answer).rejects.toThrow(Unreachable);
    await expect(answer).rejects.toThrow(
      'sent what is no LDAP: an element ends beyond its message',
    );
    expect(connection.usable).toBe(false);
  });

  it('R-373 ends, and says why, with what is no LDAP at all', async () => {
    const connection = await connected('127.0.0.1', (socket) => socket.write('HTTP/1.1 400\r\n'));
    await expect(search(connection)).rejects.toThrow('sent what is no LDAP');
    expect(connection.usable).toBe(false);
  });

  it('R-379 reaches a server by an IPv6 literal', async () => {
    const connection = await connected('::1', (socket) => socket.write(DONE));
    expect(await search(connection)).toEqual([]);
  });
});
