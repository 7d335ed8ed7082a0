import { randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  appendDurably,
  errorCode,
  moveInto,
  removeDurably,
  removeQuietly,
  syncFolder,
  writeTemporary,
} from '#durable';
import { isArray, isObject } from '#scim';
import type { Report } from '../file.options.js';
import type { Layout } from './layout.js';

/** One change on the disk; doing it twice is doing it once. Paths are relative to DATA_PATH. */
export type Step =
  | { readonly do: 'replace'; readonly from: string; readonly to: string }
  | { readonly do: 'append'; readonly path: string; readonly text: string }
  | { readonly do: 'remove'; readonly folder: string; readonly paths: readonly string[] }
  | { readonly do: 'set-aside'; readonly from: string; readonly to: string };

/** Steps that touch different files and can be waited for together. */
const AT_ONCE = 8;

/**
 * Makes changes of several files happen together. One step is atomic by itself. Several are first
 * written down as an intent: once that is on the disk the change has happened, and what is left of
 * it is done later, by the next write or at the next start.
 */
export class Journal {
  #unfinished: { readonly path: string; readonly steps: readonly Step[] } | undefined;

  constructor(
    private readonly layout: Layout,
    private readonly report: Report,
  ) {}

  /** Resolves when the change cannot be lost any more. Nothing has changed when it rejects. */
  async commit(steps: readonly Step[]): Promise<void> {
    await this.settle();
    const [only, ...more] = steps;
    if (only === undefined) return;
    if (more.length === 0) return this.#run(only, false);
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
    this.#unfinished = { path, steps };
    await this.settle(false).catch((cause: unknown) => {
      this.report({
        kind: 'background',
        path: '.scim/intents',
        message: 'A change could not be written to all its files; it is safe and will be finished.',
        cause,
      });
    });
  }

  /** Finishes what an earlier commit had to leave. */
  async settle(redo = true): Promise<void> {
    if (this.#unfinished === undefined) return;
    const { path, steps } = this.#unfinished;
    await this.#finish(path, steps, redo);
    this.#unfinished = undefined;
  }

  /** Finishes what a crash left. There is never more than one intent, since writes wait for it. */
  async recover(): Promise<void> {
    for (const file of await fs.readdir(this.layout.intents)) {
      const path = join(this.layout.intents, file);
      const steps = parseSteps(await fs.readFile(path, 'utf8'));
      if (steps === undefined)
        throw new Error(`${path} is damaged. Move it away to start without.`);
      await this.#finish(path, steps, true);
    }
  }

  async #finish(path: string, steps: readonly Step[], redo: boolean): Promise<void> {
    for (let at = 0; at < steps.length; at += AT_ONCE) {
      await Promise.all(steps.slice(at, at + AT_ONCE).map((step) => this.#run(step, redo)));
    }
    await removeDurably(dirname(path), [path]);
  }

  async #run(step: Step, redo: boolean): Promise<void> {
    const at = (path: string) => join(this.layout.root, path);
    switch (step.do) {
      case 'append':
        return appendDurably(at(step.path), step.text);
      case 'remove':
        return removeDurably(at(step.folder), step.paths.map(at));
      case 'set-aside':
        await fs.mkdir(dirname(at(step.to)), { recursive: true });
        return unlessDone(redo, moveAway(at(step.from), at(step.to)));
      case 'replace':
        return unlessDone(redo, moveInto(at(step.from), at(step.to)));
    }
  }
}

async function moveAway(from: string, to: string): Promise<void> {
  await moveInto(from, to);
  await syncFolder(dirname(from));
}

/** When a step is done again, its source may be gone because it was done before. */
async function unlessDone(redo: boolean, move: Promise<void>): Promise<void> {
  await move.catch((error: unknown) => {
    if (!redo || errorCode(error) !== 'ENOENT') throw error;
  });
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
