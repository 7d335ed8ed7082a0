import type { IncomingMessage } from 'node:http';
import { ScimError } from '#scim';

/**
 * The bytes of all bodies that are under way at once: what is made of them takes many times the
 * memory, until the answer is out.
 */
export class BodyBudget {
  private used = 0;

  /** @param most bytes; one body is always taken, however large */
  constructor(private readonly most: number) {}

  /**
   * Counts a body until its request is over: by its Content-Length, else by the most it may have.
   * @throws ScimError 503 when there is no room for it
   */
  reserve(request: IncomingMessage, limit: number, over: (end: () => void) => void): void {
    const stated = Number(request.headers['content-length']);
    const bytes = Math.min(Number.isSafeInteger(stated) ? stated : limit, limit);
    if (this.used > 0 && this.used + bytes > this.most) {
      const detail = 'Too many large requests are under way (BODY_BUDGET); try again.';
      throw new ScimError(503, undefined, detail, { 'Retry-After': '1' });
    }
    this.used += bytes;
    over(() => {
      this.used -= bytes;
    });
  }
}
