/**
 * Many values per key, with a lone value kept without a Set around it: almost every key of an
 * index has one value, and there are millions of keys. Values are compared by identity.
 */
export class MultiMap<K, V extends object> {
  private readonly entries = new Map<K, V | Set<V>>();

  /** @returns whether the key is new */
  add(key: K, value: V): boolean {
    const found = this.entries.get(key);
    if (found === undefined) this.entries.set(key, value);
    else if (found instanceof Set) found.add(value);
    else if (found !== value) this.entries.set(key, new Set([found, value]));
    return found === undefined;
  }

  /** @returns whether that was the key's last value */
  delete(key: K, value: V): boolean {
    const found = this.entries.get(key);
    if (found instanceof Set) {
      found.delete(value);
      return found.size === 0 && this.entries.delete(key);
    }
    return found === value && this.entries.delete(key);
  }

  keys(): Iterable<K> {
    return this.entries.keys();
  }

  get(key: K): Iterable<V> {
    const found = this.entries.get(key);
    if (found === undefined) return [];
    return found instanceof Set ? found : [found];
  }
}
