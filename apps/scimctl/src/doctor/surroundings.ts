import { existsSync, statSync } from 'node:fs';
import { reachBroker } from '#events';
import type { Check, Finding } from './check.js';

/** How long a store has to answer, in ms. */
const PATIENCE = 15_000;
/** Age of the oldest event from which on something is wrong, in ms. */
const OLD = 5 * 60_000;
const OTHERS = 0o077;

/** Whether the store answers, and takes writes where it was opened for them. */
export const store: Check = async function* ({ backend, store: name }, signal) {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  try {
    await backend.ping(patience);
  } catch (error) {
    signal.throwIfAborted();
    yield {
      check: 'store',
      what: name,
      problem: `does not answer: ${textOf(error)}`,
      advice: 'see that it runs and that its address and account are right',
    };
  }
};

/** Whether the broker that changes are announced on can be reached. */
export const broker: Check = async function* ({ configuration }) {
  const { events } = configuration;
  if (events === undefined) return;
  try {
    await reachBroker({ urls: events.brokers, queue: events.queue, assert: false });
  } catch (error) {
    yield {
      check: 'broker',
      what: 'the broker',
      problem: `cannot be reached: ${textOf(error)}`,
      advice: 'see AMQP; events wait in the outbox meanwhile',
    };
  }
};

/** Events that wait for long, or were put aside. */
export const outbox: Check = async function* ({ backend, configuration }) {
  if (configuration.events === undefined || backend.outbox === undefined) return;
  const { pending, oldest, parked } = await backend.outbox.measure();
  const age = oldest === undefined ? 0 : Date.now() - Date.parse(oldest);
  if (age > OLD) {
    yield {
      check: 'outbox',
      what: 'the outbox',
      problem: `${pending} events wait, the oldest for ${Math.round(age / 60_000)} minutes`,
      advice: 'see that the service runs and reaches its broker',
    };
  }
  if (parked > 0) {
    yield {
      check: 'outbox',
      what: 'the outbox',
      problem: `the broker refused ${parked} events for good`,
      advice: "the service's log says why; consumers do not know of these changes",
    };
  }
};

/** Whether others can read what the service keeps for itself: a secret, events, hashes. */
export const files: Check = async function* ({ configuration }) {
  const { statePath, keyFiles } = configuration;
  for (const path of [statePath, ...keyFiles]) {
    const finding = openTo(path);
    if (finding !== undefined) yield finding;
  }
};

function openTo(path: string): Finding | undefined {
  if (!existsSync(path)) return undefined;
  const mode = statSync(path).mode & 0o777;
  if ((mode & OTHERS) === 0) return undefined;
  return {
    check: 'files',
    what: path,
    problem: `others on this machine may use it (${mode.toString(8)})`,
    advice: `chmod go-rwx ${path}`,
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
