import { randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { moveInto, removeDurably, removeQuietly, syncFolder, writeTemporary } from '#durable';
import { isArray, isObject } from '#scim';
import type { Report } from '../file.options.js';
import type { Layout } from './layout.js';
import { foldersOf, resourcesOf, runStep, type Step } from './steps.js';

/** Steps that touch different files and can be waited for together. */
const AT_ONCE = 8;
/** Steps after which others have their turn. */
const IN_A_ROW = 64;

/** A change that has happened, since its intent is on the disk, and is not in all its files yet. */
interface Unfinished {
  readonly path: string;
  readonly steps: readonly Step[];
  readonly resources: ReadonlySet<string>;
  done: number;
  /** The disk did not take a step. */
  hasFailed: boolean;
}

/**
 * Makes changes of several files happen together. One step is atomic by itself. Several are first
 * written down as an intent: once that is on the disk the change has happened, and what is left of
 * it is done later: in turn with other writes where it is much, before anybody looks at one of its
 * files, and at the next start. Every call must come from the write queue.
 */
export class Journal {
  private readonly unfinished = new Set<Unfinished>();

  constructor(
    private readonly layout: Layout,
    private readonly report: Report,
    /** Puts a task into the write queue. */
    private readonly enqueue: (task: () => Promise<void>) => Promise<void>,
  ) {}

  /** Resolves when the change cannot be lost any more. Nothing has changed when it rejects. */
  async commit(steps: readonly Step[]): Promise<void> {
    const resources = new Set(steps.flatMap(resourcesOf));
    for (const change of [...this.unfinished]) {
      const meets = [...resources].some((one) => change.resources.has(one));
      if (change.hasFailed || meets) await this.finish(change);
    }
    const [only, ...more] = steps;
    if (only === undefined) return;
    if (more.length === 0) {
      await runStep(this.layout.root, only, false);
      return this.sync([only]);
    }
    const path = await this.write(steps);
    const change: Unfinished = { path, steps, resources, done: 0, hasFailed: false };
    this.unfinished.add(change);
    await this.goOn(change);
  }

  /** Finishes what is left of earlier commits to a resource's file. */
  async settle(collection: string, name: string): Promise<void> {
    if (this.unfinished.size === 0) return;
    for (const change of [...this.unfinished]) {
      if (change.resources.has(join(collection, name))) await this.finish(change);
    }
  }

  /** Finishes everything. */
  async settleAll(): Promise<void> {
    for (const change of [...this.unfinished]) await this.finish(change);
  }

  /** Finishes what a crash left; intents that lie there together have no file in common. */
  async recover(): Promise<void> {
    for (const file of await fs.readdir(this.layout.intents)) {
      const path = join(this.layout.intents, file);
      const steps = parseSteps(await fs.readFile(path, 'utf8'));
      if (steps === undefined)
        throw new Error(`${path} is damaged. Move it away to start without.`);
      await this.finish({ path, steps, resources: new Set(), done: 0, hasFailed: true });
    }
  }

  private async write(steps: readonly Step[]): Promise<string> {
    const path = join(this.layout.intents, `${randomUUID()}.json`);
    const temporary = this.layout.newTemporary();
    await writeTemporary(temporary, [JSON.stringify({ steps })]);
    try {
      await moveInto(temporary, path);
    } catch (error) {
      await removeQuietly(temporary);
      await removeQuietly(path);
      throw error;
    }
    return path;
  }

  /** Does some of what is left, and the rest when others had their turn. */
  private async goOn(change: Unfinished): Promise<void> {
    if (!this.unfinished.has(change)) return;
    try {
      await this.advance(change, Math.min(change.done + IN_A_ROW, change.steps.length));
      if (this.unfinished.has(change)) void this.enqueue(() => this.goOn(change));
    } catch (cause) {
      this.report({
        kind: 'background',
        path: '.scim/intents',
        message: 'A change could not be written to all its files; it is safe and will be finished.',
        cause,
      });
    }
  }

  private finish(change: Unfinished): Promise<void> {
    return this.advance(change, change.steps.length);
  }

  private async advance(change: Unfinished, end: number): Promise<void> {
    const { path, steps } = change;
    try {
      while (change.done < end) {
        const next = steps.slice(change.done, Math.min(change.done + AT_ONCE, end));
        const redo = change.hasFailed;
        await allOf(next.map((step) => runStep(this.layout.root, step, redo)));
        change.done += next.length;
      }
      if (end < steps.length) return;
      await this.sync(steps);
      await removeDurably(this.layout.intents, [path]);
    } catch (error) {
      change.hasFailed = true;
      throw error;
    }
    this.unfinished.delete(change);
  }

  /** Each folder once, however many of its files were changed. */
  private async sync(steps: readonly Step[]): Promise<void> {
    const folders = new Set(steps.flatMap(foldersOf));
    await Promise.all([...folders].map((folder) => syncFolder(join(this.layout.root, folder))));
  }
}

/** Waits for all of them also when one fails: nothing goes on when it is tried again. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(tasks);
  await Promise.all(tasks);
}

function parseSteps(text: string): readonly Step[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    // Written by this class and renamed when complete, so its shape is known.
    return isObject(json) && isArray(json.steps) ? (json.steps as unknown as Step[]) : undefined;
  } catch {
    return undefined;
  }
}
