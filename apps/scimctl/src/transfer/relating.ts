import { elementsOf, type RelationElement, type Repository, type Stored } from '#backend';
import type { JsonObject, Relation } from '#scim';
import type { Place } from '../place/place.js';
import type { Job } from './job.js';
import { sourceId } from './receiver.js';
import { type Refusal, refusalOf } from './refusal.js';
import type { Arrival } from './source.js';
import { type FindId, type Translated, translateElements, withReferences } from './translate.js';

/** Elements that are added in one step. */
const BATCH = 500;

export interface RelatingOptions {
  readonly place: Place;
  readonly job: Job;
  /** Take away elements that the source does not have. */
  readonly exact: boolean;
}

/** What a resource's relations came to. */
export interface Related {
  readonly added: number;
  readonly removed: number;
  readonly refused: readonly { readonly refusal: Refusal; readonly resource: JsonObject }[];
}

/** Adds what resources refer to, once all of them are there: members, by batches, and references. */
export class Relating {
  private readonly translates: boolean;
  private readonly targets: 'exist' | 'any';

  constructor(private readonly options: RelatingOptions) {
    const { backend, configuration } = options.place;
    this.translates = backend.supports.ids === 'assigned';
    this.targets = configuration.unknownMembers === 'accept' ? 'any' : 'exist';
  }

  /** @throws BackendError `unavailable` */
  async relate(item: Arrival): Promise<Related> {
    const { place, job } = this.options;
    const { type, resource } = item;
    const repository = place.repository(type);
    const own = sourceId(item);
    const target = job.target([type.name], own) ?? (item.onlyRelations ? own : undefined);
    const names = type.relations.map(({ attribute }) => attribute.name);
    const current =
      target === undefined ? undefined : await repository.get(target, { expand: names });
    const result = { added: 0, removed: 0, refused: [] as Related['refused'][number][] };
    if (current === undefined) return result; // it was refused itself, or is gone
    const now = await this.refer(repository, item, current);
    for (const relation of type.relations) {
      const { name } = relation.attribute;
      const elements = translateElements(resource[name], relation.types, this.find);
      const exact = this.options.exact && item.onlyRelations !== true;
      const refused = await this.change(
        repository,
        current,
        relation,
        elements,
        exact,
        now,
        result,
      );
      for (const { refusal, some } of grouped(refused)) {
        const line = { schemas: [type.schema.id], id: own, [name]: some };
        result.refused.push({ refusal: { ...refusal, onlyRelations: true }, resource: line });
      }
    }
    return result;
  }

  /** References by ids of the target that were not known yet when the resource was created. */
  private async refer(
    repository: Repository,
    { type, resource }: Arrival,
    current: Stored,
  ): Promise<string> {
    const { lastModified } = current.meta;
    const now = lastModified ?? new Date().toISOString();
    if (!this.translates || type.references.length === 0) return now;
    const known = withReferences(type, resource, this.find);
    const draft: Record<string, unknown> = { ...current };
    for (const { name, extension } of type.references) {
      if (extension === undefined) draft[name] = known[name];
      else {
        const there = (current[extension] ?? {}) as JsonObject;
        const value = ((known[extension] ?? {}) as JsonObject)[name];
        if (value !== undefined) draft[extension] = { ...there, [name]: value };
      }
    }
    const keep = type.relations.map(({ attribute }) => attribute.name);
    for (const name of keep) delete draft[name];
    await repository.put(draft as unknown as Stored, {
      now,
      keep,
      ifVersion: current.meta.version,
    });
    return now;
  }

  private async change(
    repository: Repository,
    current: Stored,
    relation: Relation,
    elements: readonly Translated[],
    exact: boolean,
    now: string,
    result: { added: number; removed: number },
  ): Promise<readonly Refused[]> {
    const { name } = relation.attribute;
    const there = new Set(elementsOf(current[name]).map(({ value }) => value));
    const refused: Refused[] = [];
    const add: Known[] = [];
    const desired = new Set<string>();
    for (const { own, element } of elements) {
      if (element === undefined) {
        refused.push({ own, refusal: unknownRefusal(name, own) });
        continue;
      }
      desired.add(element.value);
      if (!there.has(element.value)) add.push({ own, element });
    }
    const remove = exact ? [...there].filter((value) => !desired.has(value)) : [];
    const context = { now, targets: this.targets };
    for (const some of batches(remove)) {
      await repository.applyDelta(current.id, [{ relation: name, add: [], remove: some }], context);
      result.removed += some.length;
    }
    const attempt = async (some: readonly Known[]): Promise<void> => {
      try {
        const added = some.map(({ element }) => element);
        const delta = { relation: name, add: added, remove: [] };
        await repository.applyDelta(current.id, [delta], context);
        result.added += some.length;
      } catch (error) {
        const refusal = refusalOf(error);
        const [only] = some;
        if (only !== undefined && some.length === 1) {
          refused.push({ own: only.own, refusal });
          return;
        }
        // Some of them are in the way: halving finds them, whatever the store says of it.
        const half = Math.ceil(some.length / 2);
        await attempt(some.slice(0, half));
        await attempt(some.slice(half));
      }
    };
    for (const some of batches(add)) await attempt(some);
    return refused;
  }

  private readonly find: FindId = (types, id) =>
    this.options.job.target(types, id) ?? (this.translates ? undefined : id);
}

type Known = Required<{ [K in keyof Translated]: RelationElement }>;

interface Refused {
  /** As the source has it. */
  readonly own: RelationElement;
  readonly refusal: Refusal;
}

function unknownRefusal(name: string, { value }: RelationElement): Refusal {
  return {
    code: 'unknown-target',
    message: `${name}: ${JSON.stringify(value)} was not taken over.`,
  };
}

/** Those that were refused for the same reason, together; the first message stands for all. */
function grouped(refused: readonly Refused[]) {
  const groups = new Map<string, { refusal: Refusal; some: JsonObject[] }>();
  for (const { own, refusal } of refused) {
    const group = groups.get(refusal.code) ?? { refusal, some: [] };
    groups.set(refusal.code, group);
    group.some.push(own);
  }
  return groups.values();
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}
