import { connect, type NetConnectOpts } from 'node:net';
import type { QueryRunner } from 'typeorm';
import { property } from '../dialect/standard.js';

/** The code of a CancelRequest in PostgreSQL's protocol. */
const CANCEL = 80_877_102;
/** Milliseconds that a server has to take it. */
const PATIENCE = 1_000;

/**
 * Has PostgreSQL end the statement that a connection is busy with. It is a message of its own on a
 * connection of its own, plain even where all others are encrypted, and poolers pass it on, which
 * cannot be said of `statement_timeout` as a setting of the connection.
 */
export async function cancelPostgres(runner: QueryRunner): Promise<void> {
  const client: unknown = await runner.connect();
  const [host, port] = [property(client, 'host'), property(client, 'port')];
  const [process, secret] = [property(client, 'processID'), property(client, 'secretKey')];
  if (typeof host !== 'string' || typeof port !== 'number') return;
  if (typeof process !== 'number' || typeof secret !== 'number') return;
  const message = Buffer.alloc(16);
  [16, CANCEL, process, secret].forEach((word, i) => {
    message.writeInt32BE(word, i * 4);
  });
  const address = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  await send(address, message);
}

/** Until the other side ends the connection, as it does once it has acted. Failures are not ours. */
function send(address: NetConnectOpts, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address, () => socket.write(message));
    const timer = setTimeout(() => socket.destroy(), PATIENCE);
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
