import { BackendError } from '#backend';
import { ConfigurationError } from './configuration.js';

/** What to change when the service cannot listen, by the code of the system. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another process listens there: end it, or set PORT to another one.',
  EACCES: 'This process may not listen on that port: set PORT to 1024 or more.',
  EADDRNOTAVAIL: 'This machine has no such address: correct HOST.',
  ENOTFOUND: 'No such name is known: correct HOST.',
  EAI_AGAIN: 'The name cannot be looked up: correct HOST.',
};

/** The service cannot listen where it should. */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(host: string, port: number, cause: unknown) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const advice = LISTENING[code] ?? 'Look at HOST and PORT.';
    const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    super(`It cannot listen on ${place}: ${words}. ${advice}`, { cause });
  }
}

/** What the operator reads when the service does not start: what to fix, and no stack for that. */
export function describeStartFailure(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof BackendError) return `The data store cannot be used: ${error.message}`;
  if (!(error instanceof Error)) return `The service cannot start: ${String(error)}`;
  // Programming errors are for developers, everything else says in words what to configure.
  const isProgramming = error instanceof TypeError || error instanceof ReferenceError;
  return `The service cannot start: ${isProgramming ? (error.stack ?? error.message) : error.message}`;
}
