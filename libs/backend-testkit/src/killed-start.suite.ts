import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Backend, BackendError } from '#backend';
import { parseFilter } from '#scim';
import { all } from './expect.js';
import { type Fixture, fixtureOf, fresh, registry, tick } from './fixture.js';
import type { ConformanceOptions, Starter } from './options.js';
import { operationsDuring } from './starting.js';

/** Users that others put there before each start, so that there is something to take over. */
const FOREIGN = 12;
/** Parts of a whole start after which one is killed. */
const PARTS = [0.25, 0.5, 0.75] as const;

const RUNNER = fileURLToPath(
  new URL('../../../test/support/run-from-sources.mjs', import.meta.url),
);

/** However a start ended, the next one says how many there are, and finds all of them. */
export function killedStart(options: ConformanceOptions): void {
  const { reopen, starter, foreign } = options;
  describe('a start that is killed', () => {
    if (reopen === undefined || starter === undefined || foreign === undefined) {
      it.skip('R-305 leaves no wrong number (no other process opens this store)');
      return;
    }
    const left = async (): Promise<readonly string[]> => {
      const ids = Array.from({ length: FOREIGN }, () => fresh('left'));
      await foreign(ids);
      return ids;
    };
    it('R-305 leaves no wrong number, and nothing out', { timeout: 300_000 }, async () => {
      const first = fixtureOf(await options.open(registry.types));
      const expected = new Set([(await first.createUser()).id]);
      await first.backend.close();

      for (const id of await left()) expected.add(id);
      const { result, operations } = await operationsDuring(() => reopen(registry.types));
      await expectAll(fixtureOf(result), expected);
      await result.close();
      for (const part of PARTS) {
        for (const id of await left()) expected.add(id);
        await startAndDie(starter(), Math.ceil(operations * part));
      }

      for (const id of await left()) expected.add(id);
      const last = fixtureOf(await openedInTime(() => reopen(registry.types)));
      await expectAll(last, expected);
      const [gone = ''] = expected;
      await last.users.delete(gone, { now: tick() });
      expected.delete(gone);
      expected.add((await last.createUser()).id);
      await expectAll(last, expected);
      await last.backend.close();
      await options.remove?.();
    });
  });
}

/**
 * As the service starts: who was killed may have left something open at the server, which is in the way
 * of the next one until the server ends it. That is told as an outage, and tried again.
 */
async function openedInTime(open: () => Promise<Backend>): Promise<Backend> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 'unavailable') throw error;
    }
  }
}

/** A list, a search and a walk through everything agree. */
async function expectAll({ users, userStore }: Fixture, expected: ReadonlySet<string>) {
  const page = { start: { offset: 0 }, limit: 1000 };
  const listed = await users.query(page);
  const found = await users.query({ ...page, filter: parseFilter('userName pr', users.type) });
  const scanned = await all(userStore.scan());
  const ids = [...expected].sort();
  for (const { items, total } of [listed, found, { items: scanned, total: scanned.length }]) {
    expect(items.map(({ id }) => id).sort()).toEqual(ids);
    expect(total).toBe(ids.length);
  }
}

/** A process of its own, which has no time for anything when it dies. */
async function startAndDie(starter: Starter, operations: number): Promise<void> {
  const start = JSON.stringify({ ...starter, operations });
  const child = spawn(process.execPath, [RUNNER, '/libs/backend-testkit/src/starting.main.ts'], {
    env: { PATH: process.env.PATH ?? '', SCIM_TEST_START: start },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = await once(child, 'close');
  expect([code, signal, errors]).toEqual([null, 'SIGKILL', errors]);
}
