import { BackendError } from '#backend';
import type { FolderLock } from '#durable';

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
  private state: State = { kind: 'closed' };

  constructor(private readonly lock: FolderLock) {}

  opened(): void {
    this.state = { kind: 'open' };
  }

  closed(): void {
    this.state = { kind: 'closed' };
  }

  /**
   * To be asked before everything that is answered or written. Looks at the folder only if that was
   * not done a moment ago: a process that stood still may have lost it meanwhile.
   * @throws BackendError `unavailable`
   */
  async sure(): Promise<void> {
    this.check();
    if (!this.lock.certain) await this.verify();
  }

  private check(): void {
    switch (this.state.kind) {
      case 'open':
        return;
      case 'closed':
        throw new BackendError('unavailable', 'The data folder is not open.');
      case 'away':
        throw unavailable('The data folder cannot be reached.', this.state.cause);
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
    if (this.state.kind === 'closed' || this.state.kind === 'lost') this.check();
    const before = this.state.kind;
    const seen = await this.look();
    // Whoever was told meanwhile that it is closed or lost is told nothing else.
    const { kind } = this.state;
    if (kind !== 'closed' && kind !== 'lost') this.state = seen;
    this.check();
    return before === 'away';
  }

  private async look(): Promise<State> {
    try {
      const tenure = await this.lock.look();
      if (tenure === 'ours') return { kind: 'open' };
      return tenure === 'another' ? { kind: 'lost' } : { kind: 'away', cause: undefined };
    } catch (cause) {
      return { kind: 'away', cause };
    }
  }
}

/** The folder does not take what is to be written, or does not answer. */
export function unavailable(message: string, cause: unknown): BackendError {
  return new BackendError('unavailable', message, { retryAfter: 5, cause });
}
