import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { after, EMPTY_LANE, groupOf, type Lane, type Operation } from './testing/lane.js';
import { groupDraft, membersOf, NOW, type Opened, Scratch } from './testing/scratch.js';

const LANES = 4;
const KILLS = 15;
/** As far below the root as the sources are, which look for the schemas four folders up. */
const WORKER = 'as/deep/worker.js';
/** Most writes that a worker is let answer before it may be killed. */
const MOST = 60;
/** Within so many ms after that it is killed: anywhere in a write. */
const SPREAD = 10;

/** What a worker said before it died. */
interface Report {
  lanes: Lane[];
  /** The operations that were not answered, by lane. */
  pending: Map<number, Operation>;
  answered: number;
}

describe('a process that is killed while it writes', () => {
  let folder: string;
  let scratch: Scratch;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    // Beside the modules that the worker needs.
    const cache = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
    folder = await mkdtemp(join(cache, '.crash-'));
    await bundle(folder);
    scratch = new Scratch();
  }, 60_000);
  afterAll(async () => {
    child?.kill('SIGKILL');
    await scratch.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it(`${KILLS} times loses nothing it answered, leaves no half file, and starts again`, async () => {
    const { backend, groups } = await scratch.open();
    let lanes: Lane[] = [];
    for (let lane = 0; lane < LANES; lane++) {
      await groups.put({ ...groupDraft(EMPTY_LANE.group.name), id: groupOf(lane) }, { now: NOW });
      lanes.push(EMPTY_LANE);
    }
    await backend.close();
    let answered = 0;
    let wanted = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const least = Math.floor(Math.random() * MOST);
      wanted += least;
      const report = await writeUntilKilled(lanes, least);
      answered += report.answered;
      // The next worker starts from what the crash left; what it left is looked at in a copy.
      lanes = await verified(report);
    }
    expect(answered).toBeGreaterThanOrEqual(wanted);
  }, 600_000);

  async function writeUntilKilled(lanes: readonly Lane[], least: number): Promise<Report> {
    const worker = spawn(
      process.execPath,
      [join(folder, WORKER), scratch.root, JSON.stringify(lanes)],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = worker;
    const report: Report = { lanes: [...lanes], pending: new Map(), answered: 0 };
    let errors = '';
    worker.stderr.on('data', (data) => {
      errors += String(data);
    });
    const lines = createInterface({ input: worker.stdout });
    lines.on('line', (line) => note(report, JSON.parse(line)));
    const exit = once(worker, 'exit');
    const ended = once(lines, 'close');
    await Promise.race([once(lines, 'line'), exit]);
    while (report.answered < least) await Promise.race([once(lines, 'line'), exit]);
    await delay(Math.random() * SPREAD);
    worker.kill('SIGKILL');
    const [, signal] = await exit;
    await ended;
    expect(errors).toBe('');
    expect(signal).toBe('SIGKILL');
    return report;
  }

  /** The lanes as they are in the folder, which must be as answered, or one operation further. */
  async function verified(report: Report): Promise<Lane[]> {
    const copy = await scratch.crashed();
    try {
      const opened = await copy.open();
      expect(copy.problems).toEqual([]);
      expect(await readdir(copy.path('.scim', 'tmp'))).toEqual([]);
      expect(await readdir(copy.path('.scim', 'intents'))).toEqual([]);
      const found: Lane[] = [];
      for (const [number, before] of report.lanes.entries()) {
        const pending = report.pending.get(number);
        const allowed = pending === undefined ? [before] : [before, after(before, pending)];
        const lane = await read(opened, number);
        expect(allowed, `lane ${number}, unanswered: ${JSON.stringify(pending)}`).toContainEqual(
          lane,
        );
        found.push(lane);
      }
      return found;
    } finally {
      await copy.remove();
    }
  }
});

function note(
  report: Report,
  line: { readonly lane: number; readonly operation?: Operation },
): void {
  const { lane, operation } = line;
  if (operation !== undefined) {
    report.pending.set(lane, operation);
    return;
  }
  const answered = report.pending.get(lane);
  const before = report.lanes[lane];
  if (answered === undefined || before === undefined)
    throw new Error('answered without a question');
  report.lanes[lane] = after(before, answered);
  report.pending.delete(lane);
  report.answered++;
}

async function read({ users, groups }: Opened, number: number): Promise<Lane> {
  const titles: Record<string, string> = {};
  for await (const { id, title } of users.scan()) {
    if (id.startsWith(`user-${number}-`)) titles[id] = String(title);
  }
  const id = groupOf(number);
  const name = String((await groups.get(id))?.displayName);
  return { users: titles, group: { name, members: [...(await membersOf(groups, id))].sort() } };
}

/** The worker as JavaScript: Node runs no TypeScript. */
async function bundle(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { resolve: { conditions: ['source'] } },
    build: {
      ssr: fileURLToPath(new URL('./testing/crash-worker.ts', import.meta.url)),
      outDir: folder,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: WORKER } },
    },
  });
}
