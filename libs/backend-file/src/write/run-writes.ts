import { BackendError } from '#backend';
import { isSystemError, type Serial } from '#durable';
import { type Presence, unavailable } from '../watch/presence.js';

/** Runs a write after all that came before it, with system errors turned into `unavailable`. */
export type RunWrite = <T>(signal: AbortSignal | undefined, write: () => Promise<T>) => Promise<T>;

export function runWrites(serial: Serial, presence: Presence): RunWrite {
  return (signal, write) =>
    serial.run(async () => {
      signal?.throwIfAborted();
      await presence.sure();
      try {
        return await write();
      } catch (error) {
        if (error instanceof BackendError || !isSystemError(error)) throw error;
        await presence.verify(); // says so if the folder itself is gone
        throw unavailable('The data folder cannot be written.', error);
      }
    });
}
