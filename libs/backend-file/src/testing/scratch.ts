import { mkdtempSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Draft, ResourceStore } from '#backend';
import { compileFilter, type JsonObject, parseFilter, type ResourceType } from '#scim';
import { testRegistry, typeNamed } from '../../../scim/src/testing/registry.js';
import { FileConnector } from '../file.connector.js';
import type { FileBackendOptions, FileProblem } from '../file.options.js';

export const registry = testRegistry();
export const userType = typeNamed(registry, 'User');
export const groupType = typeNamed(registry, 'Group');

/** The folder that the reference wrote. */
export const REFERENCE = fileURLToPath(new URL('../../test-data/reference/', import.meta.url));

/** A data folder of its own for one test, and backends over it. */
export class Scratch {
  readonly problems: FileProblem[] = [];
  private readonly opened: Opened[] = [];

  constructor(readonly root = mkdtempSync(join(tmpdir(), 'scim-files-'))) {}

  static async ofReference(): Promise<Scratch> {
    const scratch = new Scratch();
    await cp(REFERENCE, scratch.root, { recursive: true });
    return scratch;
  }

  async open(
    options: Partial<FileBackendOptions> = {},
    types: readonly ResourceType[] = registry.types,
  ): Promise<Opened> {
    const report = (problem: FileProblem) => this.problems.push(problem);
    const settings = { dataPath: this.root, report, watch: false, ...options };
    const backend = await new FileConnector(settings).open(types);
    const users = backend.store(userType);
    const opened = { backend, users, groups: backend.store(groupType) };
    this.opened.push(opened);
    return opened;
  }

  get last(): Opened {
    const last = this.opened.at(-1);
    if (last === undefined) throw new Error('nothing was opened');
    return last;
  }

  /** The folder as a crash at this moment would leave it. */
  async crashed(): Promise<Scratch> {
    const copy = new Scratch();
    await cp(this.root, copy.root, { recursive: true, preserveTimestamps: true });
    await rm(copy.path('.scim', 'lock'), { force: true });
    return copy;
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  kinds(): readonly string[] {
    return this.problems.map(({ kind }) => kind);
  }

  async remove(): Promise<void> {
    for (const { backend } of this.opened) await backend.close().catch(() => undefined);
    await rm(this.root, { recursive: true, force: true });
  }
}

export interface Opened {
  readonly backend: Awaited<ReturnType<FileConnector['open']>>;
  readonly users: ResourceStore;
  readonly groups: ResourceStore;
}

export const NOW = '2026-01-02T03:04:05.678Z';

export function userDraft(userName: string, over: JsonObject = {}): Draft {
  const meta = { resourceType: 'User', created: NOW, lastModified: NOW };
  return { schemas: [userType.schema.id], userName, meta, ...over };
}

export function groupDraft(displayName: string, members: readonly string[] = []): Draft {
  const meta = { resourceType: 'Group', created: NOW, lastModified: NOW };
  const schemas = [groupType.schema.id];
  return { schemas, displayName, members: members.map((value) => ({ value })), meta };
}

/** A change of `members`. */
export function delta(add: readonly string[], remove: readonly string[] = []) {
  return [{ relation: 'members', add: add.map((value) => ({ value })), remove }];
}

export async function membersOf(groups: ResourceStore, id: string): Promise<readonly string[]> {
  const group = await groups.get(id, { expand: ['members'] });
  if (group === undefined) throw new Error(`no group ${id}`);
  return (group.members as readonly { value: string }[] | undefined)?.map((m) => m.value) ?? [];
}

/** What a filter finds, and whether the indexes alone answered it. */
export async function search(store: ResourceStore, type: ResourceType, text: string) {
  const filter = parseFilter(text, type);
  const page = await store.query?.({ filter, start: { offset: 0 }, limit: 1000, expand: EXPAND });
  if (page === undefined) throw new Error('the store has no query');
  const matches = page.residual === undefined ? () => true : compileFilter(page.residual);
  const ids: string[] = [];
  let looked = 0;
  for await (const stored of page.items) {
    looked++;
    if (matches(stored)) ids.push(stored.id);
  }
  return { ids, looked, exact: page.residual === undefined };
}

const EXPAND = ['members', 'groups'];
