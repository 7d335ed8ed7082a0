import { BackendError, type Draft, elementsOf, type Repository, type Stored } from '#backend';
import {
  attributeValue,
  dateTimeKey,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
  secretAttributes,
} from '#scim';
import { differences } from '../compare/differences.js';
import type { Place } from '../place/place.js';
import { findByName, findByUnique } from './find-existing.js';
import type { Job } from './job.js';
import type { Prepare } from './prepare.js';
import { type Refusal, refusalOf } from './refusal.js';
import type { Arrival } from './source.js';
import { withReferences } from './translate.js';

/** What became of a resource. */
export type Outcome = 'created' | 'updated' | 'unchanged' | Refusal;

export interface ReceiverOptions {
  readonly place: Place;
  readonly job: Job;
  readonly prepare: Prepare;
  /** Bring what is there already to what comes; else only what is the same is passed over. */
  readonly update: boolean;
  /** Find out, write nothing. */
  readonly dryRun: boolean;
}

/** Tries of an update whose resource others change meanwhile. */
const TRIES = 10;

/** Takes resources into a store, without their relations, which may name what is yet to come. */
export class Receiver {
  /** Whether the store gives ids of its own, so that those of the source have to be translated. */
  private readonly translates: boolean;

  constructor(private readonly options: ReceiverOptions) {
    this.translates = options.place.backend.supports.ids === 'assigned';
  }

  /** @throws BackendError `unavailable`; everything else that is wrong is the outcome */
  async receive(item: Arrival): Promise<Outcome> {
    try {
      return await this.take(item);
    } catch (error) {
      return refusalOf(error);
    }
  }

  private async take(item: Arrival): Promise<Outcome> {
    const { place, job, prepare } = this.options;
    const { type } = item;
    const repository = place.repository(type);
    const prepared = this.draftOf(type, await prepare(item));
    const source = sourceId(item);
    const known = await this.known(repository, prepared, job.target([type.name], source));
    if (known !== undefined) return this.adopt(item, repository, prepared, known);
    const { id, ...rest } = prepared;
    const draft = (this.translates || id === undefined ? rest : prepared) as Draft;
    try {
      await this.checkId(type, draft.id);
      if (this.options.dryRun) await this.checkUnique(repository, draft);
      else job.map(type.name, source, await this.create(repository, draft));
      return 'created';
    } catch (error) {
      const found = await this.whatIsInTheWay(repository, draft, error);
      if (found === undefined) throw error;
      return this.adopt(item, repository, prepared, found);
    }
  }

  private async create(repository: Repository, draft: Draft): Promise<string> {
    const now = draft.meta.lastModified ?? new Date().toISOString();
    return (await repository.put(draft, { now })).stored.id;
  }

  /** What came of it in an earlier run, or has its id. */
  private async known(
    repository: Repository,
    { id, ...draft }: JsonObject,
    target: string | undefined,
  ): Promise<Stored | undefined> {
    if (target !== undefined) {
      const found = await repository.get(target, { expand: [] });
      if (found !== undefined) return found;
    }
    if (!this.translates) {
      return typeof id === 'string' ? repository.get(id, { expand: [] }) : undefined;
    }
    if (!this.options.job.resumed) return undefined;
    // Created just before a kill, under an id that nobody wrote down.
    for (const alike of await findByName(repository, draft)) {
      if (this.differences(repository.type, draft, alike).length === 0) return alike;
    }
    return undefined;
  }

  /** Only a resource without an id that counts is known by what else is unique of it. */
  private async whatIsInTheWay(
    repository: Repository,
    draft: Draft,
    error: unknown,
  ): Promise<Stored | undefined> {
    if (!(error instanceof BackendError)) return undefined;
    if (error.code === 'exists' && draft.id !== undefined) return repository.get(draft.id);
    const anonymous = draft.id === undefined;
    const clash = error.code === 'unique' || error.details.scimType === 'uniqueness';
    return clash && anonymous ? findByUnique(repository, draft) : undefined;
  }

  private async adopt(
    item: Arrival,
    repository: Repository,
    draft: JsonObject,
    existing: Stored,
  ): Promise<Outcome> {
    const { job, update, dryRun } = this.options;
    const { type } = item;
    const source = sourceId(item);
    const ours = job.target([type.name], source) === existing.id;
    const found = this.differences(type, draft, existing);
    if (
      !update &&
      (found.length > 0 || (!ours && (await this.isRelatedOtherwise(item, existing))))
    ) {
      const paths = found.map(({ path }) => path).join(', ') || 'its relations';
      const message = `There is one already, which differs in ${paths}. --update changes it.`;
      return { code: 'differs', message };
    }
    if (found.length > 0 && !dryRun) await this.update(repository, draft, existing);
    if (!dryRun) job.map(type.name, source, existing.id);
    return found.length > 0 ? 'updated' : 'unchanged';
  }

  private async update(repository: Repository, draft: JsonObject, existing: Stored): Promise<void> {
    const { type } = repository;
    const keep = type.relations.map(({ attribute }) => attribute.name);
    let current: Stored | undefined = existing;
    for (let tries = 1; current !== undefined; tries++) {
      const { created = current.meta.created, lastModified } = objectOf(draft.meta);
      const now = typeof lastModified === 'string' ? lastModified : new Date().toISOString();
      const meta = { resourceType: type.name, created, lastModified: now };
      const whole = { ...withSecretsOf(type, draft, current), id: current.id, meta };
      try {
        await repository.put(whole as unknown as Draft, {
          now,
          keep,
          ifVersion: current.meta.version,
        });
        return;
      } catch (error) {
        const conflict = error instanceof BackendError && error.code === 'conflict';
        if (!conflict || tries === TRIES) throw error;
        current = await repository.get(existing.id, { expand: [] });
      }
    }
    throw new BackendError('not-found', 'It was deleted meanwhile.');
  }

  /** Without relations, references as far as they are known, and `meta` as the store will keep it. */
  private draftOf(type: ResourceType, prepared: JsonObject): JsonObject {
    const { job } = this.options;
    const find = (types: readonly string[], id: string) => job.target(types, id);
    const referring = this.translates ? withReferences(type, prepared, find) : prepared;
    const draft: MutableJsonObject = { ...referring };
    for (const { attribute } of [...type.relations, ...type.inverses]) delete draft[attribute.name];
    const { created, lastModified } = objectOf(prepared.meta);
    const now = new Date().toISOString();
    draft.meta = {
      resourceType: type.name,
      created: timeOr(created, now),
      lastModified: timeOr(lastModified, timeOr(created, now)),
    };
    return draft;
  }

  private differences(type: ResourceType, draft: JsonObject, existing: Stored) {
    // A store that never shows secrets cannot be asked whether it has them.
    const secrets = secretAttributes(type).some(
      (attribute) =>
        attributeValue(draft, attribute) !== undefined &&
        attributeValue(existing, attribute) !== undefined,
    );
    return differences(type, draft, existing, { relations: [], secrets, times: false });
  }

  /** Whether it has elements, and others than those that come. */
  private async isRelatedOtherwise(
    { type, resource }: Arrival,
    existing: Stored,
  ): Promise<boolean> {
    const names = type.relations.map(({ attribute }) => attribute.name);
    if (names.length === 0) return false;
    const whole = await this.options.place.repository(type).get(existing.id, { expand: names });
    if (whole === undefined || names.every((name) => elementsOf(whole[name]).length === 0)) {
      return false;
    }
    const options = { relations: names, secrets: false, times: false };
    return differences(type, resource, whole, options).some(({ path }) => names.includes(path));
  }

  /** Ids are unique over all types (RFC 7643 §3.1). */
  private async checkId(type: ResourceType, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const { place } = this.options;
    for (const other of place.registry.types) {
      if (other === type) continue;
      if ((await place.repository(other).get(id, { expand: [] })) === undefined) continue;
      throw new BackendError('invalid-id', `A ${other.name} has this id.`);
    }
  }

  private async checkUnique(repository: Repository, draft: Draft): Promise<void> {
    const rival = await findByUnique(repository, draft);
    if (rival === undefined) return;
    throw new BackendError('unique', `${rival.id} has its userName, externalId or the like.`);
  }
}

/**
 * What a resource is called in the job: its id, or where it stands if it has none, with a line break
 * before it, which no id has. (SQLite would take a NUL for the end of the text.)
 */
export function sourceId({ key, resource }: Arrival): string {
  return typeof resource.id === 'string' && resource.id !== '' ? resource.id : `\n${key}`;
}

/** A source without secrets takes none away. */
function withSecretsOf(type: ResourceType, draft: JsonObject, current: JsonObject): JsonObject {
  const result: MutableJsonObject = { ...draft };
  for (const { name, extension, subAttributes } of secretAttributes(type)) {
    if (extension === undefined && subAttributes.length === 0 && current[name] !== undefined) {
      result[name] ??= current[name];
    }
  }
  return result;
}

function timeOr(value: Json | undefined, otherwise: string): string {
  if (typeof value !== 'string' || dateTimeKey(value) === undefined) return otherwise;
  return new Date(value).toISOString();
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
