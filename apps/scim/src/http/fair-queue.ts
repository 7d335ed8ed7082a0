import { ScimError } from '#scim';

/** Requests that may wait, for each that may be under way. */
const WAITING_EACH = 16;

interface Waiting {
  readonly start: (leave: () => void) => void;
  readonly refuse: (error: ScimError) => void;
}

/**
 * Lets a limited number of requests be under way, and takes those that wait in turn by who sent them,
 * so that the many requests of one tenant and key do not hold up the few of another. While it could
 * be alone, one sender leaves a quarter of the places to others.
 */
export class FairQueue {
  private readonly active = new Map<string, number>();
  private readonly waiting = new Map<string, Waiting[]>();
  private underWay = 0;
  private queued = 0;
  private readonly most: number;

  constructor(private readonly limit: number) {
    this.most = Math.max(1, limit - Math.floor(limit / 4));
  }

  /**
   * Waits for a place.
   * @param sender whose turn it is, e.g. tenant and key
   * @param signal ends the wait
   * @returns what gives the place back; call it once
   * @throws ScimError 503 when too many wait already; the signal's reason
   */
  enter(sender: string, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (this.queued >= this.limit * WAITING_EACH) {
        reject(tooBusy());
        return;
      }
      const one: Waiting = { start: resolve, refuse: reject };
      const line = this.waiting.get(sender) ?? [];
      line.push(one);
      this.waiting.set(sender, line);
      this.queued += 1;
      signal?.addEventListener('abort', () => this.giveUp(sender, one, signal.reason), {
        once: true,
      });
      this.serve();
    });
  }

  private giveUp(sender: string, one: Waiting, reason: ScimError): void {
    const line = this.waiting.get(sender);
    const place = line?.indexOf(one) ?? -1;
    if (line === undefined || place === -1) return;
    line.splice(place, 1);
    this.queued -= 1;
    if (line.length === 0) this.waiting.delete(sender);
    one.refuse(reason);
  }

  /** A map keeps its order: who was served goes to its end. */
  private serve(): void {
    for (const [sender, line] of this.waiting) {
      if (this.underWay >= this.limit) return;
      if ((this.active.get(sender) ?? 0) >= this.most) continue;
      const next = line.shift();
      this.waiting.delete(sender);
      if (line.length > 0) this.waiting.set(sender, line);
      if (next !== undefined) this.begin(sender, next);
    }
  }

  private begin(sender: string, { start }: Waiting): void {
    this.queued -= 1;
    this.underWay += 1;
    this.active.set(sender, (this.active.get(sender) ?? 0) + 1);
    let isOver = false;
    start(() => {
      if (isOver) return;
      isOver = true;
      this.underWay -= 1;
      const left = (this.active.get(sender) ?? 1) - 1;
      if (left === 0) this.active.delete(sender);
      else this.active.set(sender, left);
      this.serve();
    });
  }
}

function tooBusy(): ScimError {
  const detail = 'Too many requests are under way (MAX_CONCURRENCY); try again.';
  return new ScimError(503, undefined, detail, { 'Retry-After': '1' });
}
