import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Backend,
  createRepositories,
  type Draft,
  MemoryBackend,
  type Repository,
} from '#backend';
import type { SchemaRegistry } from '#scim';
import { testRegistry } from '../../../scim/src/testing/registry.js';
import { JournaledBackend } from '../journal/journaled.backend.js';
import { AnnouncingRepository } from '../recording/announcing.repository.js';
import { eventResource } from '../recording/event-resource.js';
import { type ReadResource, resourceReader } from '../recording/resource-reader.js';

export const registry: SchemaRegistry = testRegistry();

export interface Fixture {
  readonly backend: JournaledBackend;
  readonly users: Repository;
  readonly groups: Repository;
  readonly read: ReadResource;
  /** Called by every write. */
  wake: () => void;
}

/** A backend with a journal, its repositories, and what the relay reads. */
export async function fixture(
  folder: string,
  inner: Backend = new MemoryBackend(registry.types),
  options: { maxBytes?: number; segmentBytes?: number } = {},
): Promise<Fixture> {
  const backend = await JournaledBackend.around(inner, { folder, registry, ...options });
  const render = eventResource(registry);
  const repositories = createRepositories(backend, registry);
  const announcing = (name: string) => {
    const repository = repositories.get(name);
    if (repository === undefined) throw new Error(name);
    return new AnnouncingRepository(repository, render, () => made.wake());
  };
  const made: Fixture = {
    backend,
    users: announcing('User'),
    groups: announcing('Group'),
    read: resourceReader(repositories, render),
    wake: () => undefined,
  };
  return made;
}

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'events-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const NOW = '2026-01-02T03:04:05.678Z';

export function user(userName: string, more: object = {}): Draft {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    ...more,
    meta: { resourceType: 'User', created: NOW, lastModified: NOW },
  } as Draft;
}

export function group(displayName: string, members: readonly string[] = []): Draft {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    ...(members.length === 0 ? {} : { members: members.map((value) => ({ value })) }),
    meta: { resourceType: 'Group', created: NOW, lastModified: NOW },
  } as unknown as Draft;
}

/** The present, later than any time asked for before. */
export function now(): string {
  last = Math.max(last + 1, Date.now());
  return new Date(last).toISOString();
}
let last = 0;
