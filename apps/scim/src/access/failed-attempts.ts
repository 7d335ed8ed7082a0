/** Failures that an address may have within the window before it is told to wait. */
const MOST_FAILURES = 20;
const WINDOW_MS = 60_000;
/** Addresses remembered; beyond that the one that failed longest ago is forgotten. */
const MOST_ADDRESSES = 10_000;

interface Attempts {
  readonly since: number;
  count: number;
}

/** Counts failed authentications by remote address, within bounded memory (RFC 7644 §7.7). */
export class FailedAttempts {
  private readonly byAddress = new Map<string, Attempts>();

  /**
   * Notes a failure.
   * @param now ms
   * @returns seconds to wait before the next try; undefined while there are tries left
   */
  note(address: string, now: number = Date.now()): number | undefined {
    const key = networkOf(address);
    const known = this.byAddress.get(key);
    const current =
      known !== undefined && now - known.since < WINDOW_MS ? known : { since: now, count: 0 };
    current.count++;
    this.byAddress.delete(key);
    this.byAddress.set(key, current);
    this.forgetOldest();
    if (current.count <= MOST_FAILURES) return undefined;
    return Math.max(1, Math.ceil((current.since + WINDOW_MS - now) / 1000));
  }

  private forgetOldest(): void {
    if (this.byAddress.size <= MOST_ADDRESSES) return;
    const oldest = this.byAddress.keys().next();
    if (!oldest.done) this.byAddress.delete(oldest.value);
  }
}

/** One sender owns a whole IPv6 /64; an IPv4 address in its mapped form is itself. */
function networkOf(address: string): string {
  const v4 = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!v4.includes(':')) return v4;
  const [head = '', tail] = v4.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  while (tail !== undefined && groups.length + rest < 8) groups.push('0');
  return groups.slice(0, 4).join(':');
}
