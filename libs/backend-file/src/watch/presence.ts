import { BackendError } from '#backend';
import type { Lock } from '../disk/lock.js';

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open' }
  /** The folder cannot be seen; it may come back. */
  | { readonly kind: 'away'; readonly cause: unknown }
  /** Another process has taken over; it never becomes ours again. */
  | { readonly kind: 'lost' };

/**
 * Whether the folder on the disk is still the one that memory mirrors. When it is not, reads answer
 * `unavailable` as writes do, although memory could still answer: what it says may be out of date,
 * and a list without what others wrote is worse than no list (design law 9).
 */
export class Presence {
  #state: State = { kind: 'closed' };

  constructor(private readonly lock: Lock) {}

  opened(): void {
    this.#state = { kind: 'open' };
  }

  closed(): void {
    this.#state = { kind: 'closed' };
  }

  /** @throws BackendError `unavailable` */
  check(): void {
    switch (this.#state.kind) {
      case 'open':
        return;
      case 'closed':
        throw new BackendError('unavailable', 'The data folder is not open.');
      case 'away':
        throw unavailable('The data folder cannot be reached.', this.#state.cause);
      case 'lost':
        throw unavailable('Another process has taken over the data folder.', undefined);
    }
  }

  /**
   * Looks at the folder. An empty folder in its place, as an unmounted volume leaves one, is not it:
   * our lock must lie there.
   * @returns true when the folder has come back just now
   * @throws BackendError `unavailable`
   */
  async verify(): Promise<boolean> {
    if (this.#state.kind === 'closed' || this.#state.kind === 'lost') this.check();
    const before = this.#state.kind;
    try {
      const tenure = await this.lock.tenure();
      if (tenure === 'ours') this.#state = { kind: 'open' };
      else if (tenure === 'another') this.#state = { kind: 'lost' };
      else this.#state = { kind: 'away', cause: undefined };
    } catch (cause) {
      this.#state = { kind: 'away', cause };
    }
    this.check();
    return before === 'away';
  }

  async refresh(): Promise<void> {
    await this.lock.refresh();
  }
}

/** The folder does not take what is to be written, or does not answer. */
export function unavailable(message: string, cause: unknown): BackendError {
  return new BackendError('unavailable', message, { retryAfter: 5, cause });
}
