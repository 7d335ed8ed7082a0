import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { create, ERROR, type List } from '../support/scim.js';
import { type Answer } from '../support/service.js';
import { requests } from './generators.js';
import { keep, regressions } from './keep.js';
import { type FuzzRequest, type Known, sendTo } from './request.js';

/** How long to go on, by `npm run fuzz -- --minutes 10`; else a bounded number of requests. */
const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0);
const RUNS = 1500;
/** Much longer than any answer takes: beyond it a request hangs. */
const HANG_MS = 60_000;

const service = describeService({ LOGLEVEL: 'silent' });
let known: Known;
beforeAll(async () => {
  await makeKnown();
});

let count = 0;
async function makeKnown(): Promise<void> {
  count += 1;
  const { id } = await create(service, '/Users', { userName: `fuzzed-${count}` });
  const members = [{ value: id }];
  const group = await create(service, '/Groups', { displayName: `fuzzed-${count}`, members });
  known = { id, group: group.id };
}

/** The known resources as they were last seen; undefined when they may have changed. */
let seen: unknown;

/** What holds of every answer, whatever was asked. */
async function holds(request: FuzzRequest): Promise<void> {
  seen ??= await state();
  if (seen === undefined) {
    await makeKnown(); // deleted by the last request, as it asked
    seen = await state();
  }
  const answer = await answerOf(request);
  expect([500, 502, 504]).not.toContain(answer.status);
  expect(answer.status).toBeLessThan(600);
  expect(answer.text).not.toMatch(
    /node_modules|\.[jt]s:\d|\bat \S+ \(|ECONN|SQLITE|syntax error at/,
  );
  if (answer.status < 400) {
    if (request.method !== 'GET') seen = undefined;
  } else {
    if (request.method !== 'HEAD') expect(answer.body).toMatchObject({ schemas: [ERROR] });
    expect(await state()).toEqual(seen);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
}

async function answerOf(request: FuzzRequest): Promise<Answer> {
  const hang = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer: the request hangs')), HANG_MS).unref();
  });
  return Promise.race([sendTo(service, request, known), hang]);
}

/** Both resources as they are; undefined when one is gone. */
async function state(): Promise<unknown> {
  const filter = encodeURIComponent(`id eq "${known.id}" or id eq "${known.group}"`);
  const { Resources } = (await service.request('GET', `/?filter=${filter}`)).json<List>();
  return Resources.length === 2 ? Resources : undefined;
}

describe('any request', () => {
  it.each(regressions())('R-339 that once failed holds: %j', async (request) => {
    await holds(request);
  });

  it('R-339 is answered without a failure of ours, internals or pollution; refused, it changes nothing', {
    timeout: MINUTES * 60_000 + 600_000,
  }, async () => {
    const bounds =
      MINUTES === 0
        ? { numRuns: RUNS }
        : {
            numRuns: Number.MAX_SAFE_INTEGER,
            interruptAfterTimeLimit: MINUTES * 60_000,
            markInterruptAsFailure: false,
          };
    const result = await fc.check(fc.asyncProperty(requests, holds), bounds);
    console.info(`fuzzed ${process.env.SCIM_TEST_STORE ?? 'files'}: ${result.numRuns} requests`);
    if (!result.failed || result.counterexample === null) return;
    const [request] = result.counterexample;
    const path = keep(request);
    throw new Error(`${fc.defaultReportMessage(result) ?? ''}\nkept as ${path}`, {
      cause: result.errorInstance,
    });
  });
});
