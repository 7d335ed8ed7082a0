import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** Milliseconds between two looks at /health. */
const PROBE = 5;

/**
 * Asks for /health all the time, in a thread of its own: the one that attacks is busy with making its
 * requests. Answers each message with the longest time that an answer took since the last one, in ms.
 */
let slowest = 0;
parentPort?.on('message', () => {
  parentPort?.postMessage(slowest);
  slowest = 0;
});
for (;;) {
  const asked = performance.now();
  await (await fetch(String(workerData))).arrayBuffer().catch(() => undefined);
  slowest = Math.max(slowest, performance.now() - asked);
  await delay(PROBE);
}
