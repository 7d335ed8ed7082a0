import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import { Keys } from '../access/keys.js';
import type { Configuration } from '../config/configuration.js';
import { tlsOptions } from '../http/tls.js';

/** Time that requests in flight have to finish, in ms; platforms kill after ten seconds or more. */
const GRACE = 8_000;
const SWEEP = 50;

/**
 * Stops accepting, lets every request in flight finish, closes what is idle, then lets go of the
 * backends. Requests that take longer than the grace are cut.
 */
export async function shutDown(app: INestApplication, grace: number = GRACE): Promise<void> {
  const server = app.getHttpServer() as Server;
  // Connections that clients keep alive would hold the server open for their whole time-out.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP);
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/**
 * SIGTERM or SIGINT ends the process in order; a second one ends it at once. So does one that comes
 * while the service still starts: process 1 of a container is not ended by a signal of itself.
 * @param running the application, once there is one
 */
export function shutDownOnSignals(
  running: () => INestApplication | undefined,
  logger: Logger,
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'shutting down');
    const app = running();
    if (app === undefined) {
      logger.info('stopped');
      process.exit(0); // nothing was promised yet
    }
    shutDown(app).then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'shutting down failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Of a terminal that closed it is the end; nobody could stop the service any more otherwise.
  if (process.stdin.isTTY) process.on('SIGHUP', stop);
}

/** SIGHUP reads keys and certificates again, where it does not come from a terminal. */
export function reloadOnSignal(
  app: INestApplication,
  configuration: Configuration,
  logger: Logger,
) {
  if (process.stdin.isTTY) return;
  process.on('SIGHUP', () => {
    app.get(Keys).reload();
    if (configuration.tls === undefined) return;
    try {
      const tls = configuration.readTlsAgain();
      if (tls !== undefined) (app.getHttpServer() as TlsServer).setSecureContext(tlsOptions(tls));
      logger.info('the certificate was read again');
    } catch (err) {
      logger.error({ err }, 'the certificate could not be read again, the old one stays');
    }
  });
}
