import { describe, expect, it, vi } from 'vitest';
import type { Connection, Entry } from './directory.js';
import { Pool } from './pool.js';

/** Answers reads by hand. */
class Held implements Partial<Connection> {
  readonly usable = true;
  load = 0;
  readonly asked: { readonly dn: string; readonly answer: (octets: number) => void }[] = [];

  search({ base }: { readonly base: string }): Promise<readonly Entry[]> {
    this.load++;
    return new Promise((resolve) => {
      this.asked.push({
        dn: base,
        answer: (octets) => {
          this.load--;
          resolve([{ dn: base, attributes: new Map([['info', [Buffer.alloc(octets)]]]) }]);
        },
      });
    });
  }

  close(): void {}
}

const LARGE = 1 << 20;

describe('R-372 entries that are long to read', () => {
  function started() {
    const connections: Held[] = [];
    const pool = new Pool({
      connect: async () => {
        const connection = new Held();
        connections.push(connection);
        return connection as unknown as Connection;
      },
      servers: 1,
      size: 1,
      pageSize: 100,
      keepAliveEvery: 1_000_000,
      timeout: 20_000,
    });
    const open = () => connections.flatMap(({ asked }) => asked);
    /** Waits for the question for an entry, and answers it. */
    const answer = async (dn: string, octets: number) => {
      for (;;) {
        for (const connection of connections) {
          const at = connection.asked.findIndex((one) => one.dn === dn);
          const [one] = at < 0 ? [] : connection.asked.splice(at, 1);
          one?.answer(octets);
          if (one !== undefined) return connection;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { pool, answer, open };
  }

  it('have connections of their own from the second time on', async () => {
    const { pool, answer, open } = started();
    const first = pool.read('cn=large', ['info']);
    const shared = await answer('cn=large', LARGE);
    expect((await first)?.dn).toBe('cn=large');

    const reads = Array.from({ length: 10 }, () => pool.read('cn=large', ['info']));
    const small = pool.read('cn=small', ['info']);
    expect(await answer('cn=small', 1)).toBe(shared);
    expect((await small)?.dn).toBe('cn=small');
    // Two at once, and the others in turn.
    await vi.waitFor(() => expect(open().map(({ dn }) => dn)).toEqual(['cn=large', 'cn=large']));
    for (const _ of reads) expect(await answer('cn=large', LARGE)).not.toBe(shared);
    expect((await Promise.all(reads)).map((entry) => entry?.dn)).toEqual(
      reads.map(() => 'cn=large'),
    );
    pool.close();
  });

  it('have them no longer once they are short', async () => {
    const { pool, answer } = started();
    for (const [octets, isShared] of [
      [LARGE, true],
      [1, false],
      [1, true],
    ] as const) {
      const read = pool.read('cn=a', ['info']);
      const other = pool.read('cn=b', ['info']);
      const shared = await answer('cn=b', 1);
      expect((await answer('cn=a', octets)) === shared).toBe(isShared);
      await Promise.all([read, other]);
    }
    pool.close();
  });
});
