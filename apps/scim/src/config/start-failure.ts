import { BackendError } from '#backend';
import { ConfigurationError } from './configuration.js';

/** What the operator reads when the service does not start: what to fix, and no stack for that. */
export function describeStartFailure(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof BackendError) return `The data store cannot be used: ${error.message}`;
  if (!(error instanceof Error)) return `The service cannot start: ${String(error)}`;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return 'The service cannot start: another process listens on this HOST and PORT.';
  }
  if (code === 'EACCES') return 'The service cannot start: it may not listen on this PORT.';
  if (code === 'EADDRNOTAVAIL')
    return 'The service cannot start: HOST is no address of this machine.';
  // Programming errors are for developers, everything else says in words what to configure.
  const isProgramming = error instanceof TypeError || error instanceof ReferenceError;
  return `The service cannot start: ${isProgramming ? (error.stack ?? error.message) : error.message}`;
}
