/** Failures that a network may have within the window before it is told to wait. */
const MOST_FAILURES = 20;
const WINDOW_MS = 60_000;
/** Networks remembered; beyond that the one that failed longest ago is forgotten. */
const MOST_NETWORKS = 10_000;
/** Failures of one network that are kept waiting at once. */
const MOST_AT_ONCE = 10;
/** Failures that are told at once; each further one waits a step longer, in ms. */
const PROMPT = 3;
const STEP_MS = 20;
const LONGEST_MS = 250;

interface Attempts {
  readonly since: number;
  count: number;
  waiting: number;
}

/** What becomes of a failure. */
export interface Failure {
  /** Seconds to wait before the next try; undefined while there are tries left. */
  readonly retryAfter: number | undefined;
  /** Milliseconds after which it is answered. */
  readonly pause: number;
  /** To be called once it is answered. */
  done(): void;
}

/** Counts failed authentications by network, within bounded memory (RFC 7644 §7.7). */
export class FailedAttempts {
  private readonly byNetwork = new Map<string, Attempts>();

  /** Notes a failure of a remote address. @param now ms */
  note(address: string, now: number = Date.now()): Failure {
    const network = networkOf(address);
    const known = this.byNetwork.get(network);
    const current =
      known !== undefined && now - known.since < WINDOW_MS
        ? known
        : { since: now, count: 0, waiting: known?.waiting ?? 0 };
    current.count++;
    this.byNetwork.delete(network);
    this.byNetwork.set(network, current);
    this.forgetOldest();
    if (current.count > MOST_FAILURES || current.waiting >= MOST_AT_ONCE) {
      const retryAfter = Math.max(1, Math.ceil((current.since + WINDOW_MS - now) / 1000));
      return { retryAfter, pause: 0, done: () => undefined };
    }
    current.waiting++;
    return {
      retryAfter: undefined,
      pause: Math.min(Math.max(0, current.count - PROMPT) * STEP_MS, LONGEST_MS),
      done: () => {
        current.waiting--;
      },
    };
  }

  private forgetOldest(): void {
    if (this.byNetwork.size <= MOST_NETWORKS) return;
    const oldest = this.byNetwork.keys().next();
    if (!oldest.done) this.byNetwork.delete(oldest.value);
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
