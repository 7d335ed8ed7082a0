/** Lets those who name the same key go one after another; others do not wait for each other. */
export class Locks {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs once everybody who came before with one of these keys is done. */
  async run<T>(keys: Iterable<string>, action: () => Promise<T>): Promise<T> {
    const names = [...new Set(keys)];
    const before = names.map((name) => this.tails.get(name));
    // All places in the queues are taken in one go, so that nobody waits in a circle.
    const result = Promise.allSettled(before).then(action);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    for (const name of names) this.tails.set(name, tail);
    try {
      return await result;
    } finally {
      for (const name of names) if (this.tails.get(name) === tail) this.tails.delete(name);
    }
  }
}
