import { Interrupted } from './exit-codes.js';

/**
 * A signal of the system asks to stop: what is under way is finished and noted, so that the next run
 * goes on from there. A second one ends the process at once.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Interrupted(name)));
  }
  return controller.signal;
}
