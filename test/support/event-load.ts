import { expect } from 'vitest';
import type { Received } from '../../libs/events/src/testing/consumer.js';

/** What happened to one resource, as its client knows it. */
interface History {
  /** All values, in the order in which they were sent. */
  readonly sent: string[];
  /** Values that were answered with success. */
  readonly answered: Set<string>;
  /** Values whose answer never came: they may have been written. */
  readonly unknown: Set<string>;
}

/** Clients that change users all the time, and know what must have been announced. */
export class EventLoad {
  private readonly histories = new Map<string, History>();
  private count = 0;
  private running = false;
  private workers: Promise<void>[] = [];
  answered = 0;
  /** Answers other than success: a service that is there, but did not do what was asked. */
  readonly refused: string[] = [];

  constructor(
    private readonly url: () => string,
    private readonly key: string,
  ) {}

  start(workers: number): void {
    this.running = true;
    this.workers = Array.from({ length: workers }, (_, index) => this.work(index));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  /**
   * Every answered change is there once, and those without an answer once or never, in the order in
   * which they were sent for each user; repeats only under the same id.
   * @returns the values that were announced, by userName
   */
  verify(received: readonly Received[]): ReadonlyMap<string, readonly string[]> {
    const announced = new Map<string, string[]>();
    const seen = new Map<string, string>();
    for (const { id = '', text, json } of received) {
      const before = seen.get(id);
      if (before !== undefined) {
        expect(text).toBe(before);
        continue;
      }
      seen.set(id, text);
      const { userName, displayName } = json.resource;
      const value = json.operation === 'Delete' ? 'deleted' : displayName;
      announced.set(userName, [...(announced.get(userName) ?? []), value]);
    }
    for (const [userName, { sent, answered, unknown }] of this.histories) {
      const values = announced.get(userName) ?? [];
      const wanted = sent.filter(
        (value) => answered.has(value) || (unknown.has(value) && values.includes(value)),
      );
      expect({ userName, values }).toEqual({ userName, values: wanted });
    }
    return announced;
  }

  private async work(index: number): Promise<void> {
    for (let round = 0; this.running; round++) {
      const userName = `user-${index}-${this.count++}-${round}`;
      const history: History = { sent: [], answered: new Set(), unknown: new Set() };
      this.histories.set(userName, history);
      let id: string | undefined;
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
      id = (await this.change(history, 'v0', 'POST', '/Users', { schemas, userName })) ?? undefined;
      if (id === undefined) continue;
      for (let change = 1; change < 6 && this.running; change++) {
        await this.change(history, `v${change}`, 'PATCH', `/Users/${id}`, {});
      }
      await this.change(history, 'deleted', 'DELETE', `/Users/${id}`, undefined);
    }
  }

  /** @returns the id of the user, if the change was answered */
  private async change(
    history: History,
    value: string,
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<string | undefined> {
    const sent =
      method === 'PATCH'
        ? {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'replace', path: 'displayName', value }],
          }
        : body && { ...body, displayName: value };
    history.sent.push(value);
    try {
      const response = await fetch(this.url() + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.key}`,
          'Content-Type': 'application/scim+json',
        },
        ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await response.text();
      if (!response.ok) {
        this.refused.push(`${method} ${path}: ${response.status} ${text}`);
        throw new Error(text);
      }
      history.answered.add(value);
      this.answered++;
      return method === 'POST' ? (JSON.parse(text) as { id: string }).id : path;
    } catch {
      history.unknown.add(value);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    }
  }
}
