import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { LdapServer } from '../ldap.options.js';
import { type Connection, LdapError, Refused, Unreachable } from './directory.js';

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

/** A connection that comes about, as a client library makes it. */
export interface Fresh extends Connection {
  /** Settles once the socket stands. */
  connected(): Promise<void>;
  startTls(options: TlsOptions): Promise<void>;
  bind(name: string, password: string): Promise<void>;
  fail(error: Unreachable): void;
}

export type Open = (server: LdapServer, tls: TlsOptions, options: ConnectOptions) => Fresh;

/**
 * Connects, encrypts and binds, within `connectTimeout`.
 * @throws Unreachable, or Refused
 */
export async function connect(open: Open, options: ConnectOptions): Promise<Connection> {
  const { server, startTls, userName, password, connectTimeout } = options;
  const where = addressOf(server);
  const tls = {
    host: server.host,
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
  const connection = open(server, tls, options);
  const deadline = setTimeout(
    () => connection.fail(new Unreachable(`${where} did not answer in time`, false)),
    connectTimeout,
  );
  let stage: Refused['stage'] | undefined;
  try {
    await connection.connected();
    if (startTls && !server.secure) {
      stage = 'startTls';
      await connection.startTls({ ...tls });
    }
    if (userName !== undefined) {
      stage = 'bind';
      await connection.bind(userName, password ?? '');
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

/** As it is written for people, and in addresses. */
export function addressOf({ host, port }: LdapServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
