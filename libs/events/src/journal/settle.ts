import type { Backend, EventRecord, Repository, Stored } from '#backend';
import {
  type AttributePath,
  type Filter,
  type Json,
  type JsonObject,
  leaf,
  type ResourceType,
  valuesAt,
} from '#scim';
import { fullRecord } from '../recording/event-record.js';
import type { EventResource } from '../recording/event-resource.js';
import type { Intent } from './journal-line.js';

/** What it takes to find out what became of a write. */
export interface SettleContext {
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly supports: Backend['supports'];
  readonly render: EventResource;
}

/**
 * Finds out, by reading the store, whether the write of an intent happened, and what to announce of
 * it. In doubt it is announced: an Update that says what a consumer knows already does no harm.
 * @throws BackendError `unavailable`: it is still not known
 */
export async function settle(
  intent: Intent,
  context: SettleContext,
): Promise<readonly EventRecord[]> {
  const repository = context.repositories.get(intent.type);
  // A type that is no longer served: nothing can be said of its resources.
  if (repository === undefined) return [];
  const stored = await findStored(intent, repository);
  if (intent.operation === 'Delete') {
    if (stored !== undefined) return [];
    const others = (intent.others ?? []).map(
      ({ type, id }): EventRecord => ({ operation: 'Update', type, id }),
    );
    return intent.record === undefined ? others : [...others, intent.record];
  }
  if (stored === undefined || !isWritten(intent, stored, context.supports)) return [];
  const { type } = repository;
  const change = { operation: intent.operation, type, stored };
  return [fullRecord(change, {}, context.render)];
}

async function findStored(intent: Intent, repository: Repository): Promise<Stored | undefined> {
  const { type } = repository;
  const expand = type.relations.map(({ attribute }) => attribute.name);
  if (intent.resource !== undefined) return repository.get(intent.resource, { expand });
  for (const { path, value } of intent.unique ?? []) {
    const filter = equalTo(type, path, value);
    if (filter === undefined) continue;
    const page = await repository.query({ filter, start: { offset: 0 }, limit: 1, expand });
    const [found] = page.items;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How far the clock of an upstream may be behind, in ms. */
const CLOCK_SKEW = 300_000;

/** Where the store's own clock tells the times, the version tells, and little more. */
function isWritten(
  { operation, before, now }: Intent,
  { meta }: Stored,
  { times }: Backend['supports'],
): boolean {
  if (before !== undefined && meta.version === before) return false;
  if (operation === 'Update') {
    return times === 'assigned' || Date.parse(meta.lastModified) >= Date.parse(now);
  }
  return times === 'assigned'
    ? !(Date.parse(meta.created) < Date.parse(now) - CLOCK_SKEW)
    : meta.created === now;
}

/** Values to find a resource by whose id is not known: unique ones, and what others show of it. */
export function uniqueValues(
  type: ResourceType,
  draft: JsonObject,
): readonly { readonly path: string; readonly value: Json }[] {
  return findable(type).flatMap((path) =>
    valuesAt(draft, path).flatMap((value) =>
      typeof value === 'string' && value !== '' ? [{ path: leaf(path).path, value }] : [],
    ),
  );
}

function findable({ unique, display }: ResourceType): readonly AttributePath[] {
  return display === undefined ? unique : [...unique, { attribute: display, sub: undefined }];
}

function equalTo(type: ResourceType, name: string, value: Json): Filter | undefined {
  const path = findable(type).find((one) => leaf(one).path === name);
  if (path === undefined || typeof value !== 'string') return undefined;
  return { kind: 'compare', path: { element: false, ...path }, operator: 'eq', value };
}
