import {
  BackendError,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  type Locks,
  notUnique,
  type RelationDelta,
  type Stored,
  uniqueKeys,
  type WriteContext,
} from '#backend';
import {
  combineFilters,
  equalJson,
  type Filter,
  type JsonObject,
  type ResourceType,
  valuesAt,
} from '#scim';
import { Outage } from '#upstream-http';
import { ownVersion } from '../mapping/incoming.js';
import { outgoing, type UnknownAttributes } from '../mapping/outgoing.js';
import { isRefusal } from '../upstream/errors.js';
import { type Reader, valuesOf } from '../upstream/reader.js';
import type { UpstreamResource } from '../upstream/upstream.api.js';
import type { Upstream } from '../upstream/upstream.js';
import { attributeOperations, memberOperations, splitOperations } from './operations.js';

/** Writes resources of one type. Writers of the same resource, or unique value, wait for each other. */
export class ScimWriter {
  constructor(
    private readonly type: ResourceType,
    private readonly upstream: Upstream,
    private readonly reader: Reader,
    private readonly locks: Locks,
    private readonly unknown: UnknownAttributes,
  ) {}

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    const { name } = this.type;
    const { id } = draft;
    const values = uniqueKeys(this.type, draft).map(({ path, key }) => `${name} ${path} ${key}`);
    if (context.ifVersion === undefined) {
      if (id !== undefined) {
        throw new BackendError('invalid-id', 'The upstream server gives every id itself.');
      }
      return this.locks.run(values, () => this.create(draft));
    }
    if (id === undefined) throw gone();
    return this.locks.run([`${name} ${id}`, ...values], () => this.replace(id, draft, context));
  }

  delete(id: string, { ifVersion }: WriteContext): Promise<Deletion | undefined> {
    return this.locks.run([`${this.type.name} ${id}`], async () => {
      const current = await this.reader.byId(id);
      if (current === undefined) return undefined;
      if (ifVersion !== undefined && current.meta.version !== ifVersion) throw conflict();
      const { endpoint } = this.upstream.type(this.type);
      const condition = ifVersion === undefined ? undefined : this.condition(current);
      const done = await this.upstream.api.delete(endpoint, id, condition);
      return done ? { deleted: current } : undefined;
    });
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return this.locks.run([`${this.type.name} ${id}`], async () => {
      const names = deltas.map(({ relation }) => relation);
      // Where versions tell whether anything changed, nobody reads the members of a large group.
      const own = this.type.inverses.length === 0;
      const blind = own && this.upstream.compares && this.upstream.patches;
      const current = await this.reader.byId(id, blind ? [] : names, context.signal);
      if (current === undefined) return undefined;
      const { ifVersion } = context;
      if (ifVersion !== undefined && current.meta.version !== ifVersion) throw conflict();
      if (blind) {
        const stored = await this.changeMembers(current, deltas, [], ifVersion);
        const changed = stored.meta.version !== current.meta.version;
        return { stored: without(stored, names), changed };
      }
      const effective = deltas.map((delta) => effect(delta, current));
      const changed = effective.some(({ add, remove }) => add.length + remove.length > 0);
      if (!changed) return { stored: without(current, names), changed };
      const stored = await this.changeMembers(current, effective, [], ifVersion);
      return { stored: without(stored, names), changed };
    });
  }

  private async create(draft: Draft): Promise<Stored> {
    await this.checkUnique(draft, undefined);
    const upstream = this.upstream.type(this.type);
    const body = outgoing(this.type, draft, upstream, this.unknown);
    const started = Date.now();
    for (let tries = 1; ; tries++) {
      try {
        return this.bare(await this.upstream.api.create(upstream.endpoint, body));
      } catch (error) {
        if (isRefusal(error, 409)) {
          // What is in the way may be what an earlier try was still about to make.
          const late = tries > 1 ? await this.lookFor(draft, started) : undefined;
          if (late !== undefined) return late;
          throw (await this.taken(draft, undefined)) ?? error;
        }
        if (!(error instanceof Outage) || !error.details.perhapsDone) throw error;
        const found = await this.lookFor(draft, started);
        if (found !== undefined) return found;
        if (tries > 1) throw error;
      }
    }
  }

  /** What a creation made whose answer was lost: it is looked for before anybody repeats it. */
  private async lookFor(draft: Draft, started: number): Promise<Stored | undefined> {
    const relations = this.type.relations.map(({ attribute }) => attribute.name);
    const display =
      this.type.display === undefined ? [] : equality(this.type.display.path, this.type, draft);
    const unique = this.type.unique.flatMap(({ attribute, sub }) =>
      equality((sub ?? attribute).path, this.type, draft),
    );
    const filter = combineFilters('or', unique.length > 0 ? unique : display);
    for (const stored of await this.candidates(filter, relations)) {
      // A minute for clocks that disagree.
      const recent = Date.parse(stored.meta.created) >= started - 60_000;
      const same = this.type.unique.length === 0 || sameKeys(this.type, stored, draft);
      if (recent && same && sameMembers(relations, stored, draft))
        return without(stored, relations);
    }
    return undefined;
  }

  private async replace(id: string, draft: Draft, context: WriteContext): Promise<Stored> {
    const { keep = [], ifVersion, signal } = context;
    const relations = this.type.relations.map(({ attribute }) => attribute.name);
    const stated = relations.filter((name) => !keep.includes(name));
    const current = await this.reader.byId(id, stated, signal);
    if (current === undefined) throw gone();
    if (current.meta.version !== ifVersion) throw conflict();
    await this.checkUnique(draft, current);
    const upstream = this.upstream.type(this.type);
    const body = outgoing(this.type, draft, upstream, this.unknown);
    if (relations.length > 0) {
      const before = outgoing(this.type, current, upstream, { policy: 'drop', dropped: () => {} });
      const attributes = attributeOperations(this.type, before, body, relations);
      const deltas = stated.map((relation) => difference(relation, current, draft));
      return without(await this.changeMembers(current, deltas, attributes, ifVersion), relations);
    }
    return this.send(id, body, current, draft);
  }

  private async send(id: string, body: JsonObject, current: Stored, draft: Draft): Promise<Stored> {
    const { endpoint } = this.upstream.type(this.type);
    const condition = this.condition(current);
    for (let tries = 1; ; tries++) {
      try {
        const { resource } = await this.upstream.api.replace(
          endpoint,
          id,
          { ...body, id },
          condition,
        );
        return this.renewed(current, resource ?? (await this.again(id)));
      } catch (error) {
        if (isRefusal(error, 404)) throw gone();
        if (isRefusal(error, 409)) throw (await this.taken(draft, current)) ?? error;
        if (!(error instanceof Outage) || !error.details.perhapsDone) throw error;
        // Whether it was done is seen at what is there now.
        const now = await this.reader.byId(id);
        if (now === undefined) throw gone();
        if (now.meta.version !== current.meta.version) return now;
        if (tries > 1) throw error;
      }
    }
  }

  /** Changes of relations and attributes, by PATCH where the other server has it. */
  private async changeMembers(
    current: Stored,
    deltas: readonly RelationDelta[],
    attributes: readonly JsonObject[],
    ifVersion: string | undefined,
  ): Promise<Stored> {
    const { id } = current;
    const operations = [...attributes, ...deltas.flatMap(memberOperations)];
    if (operations.length === 0) return current;
    if (this.upstream.patches) {
      const stored = await this.patch(
        current,
        operations,
        deltas,
        attributes.length > 0,
        ifVersion,
      );
      if (stored !== undefined) return stored;
    }
    return this.putWhole(id, deltas, attributes);
  }

  /** @returns undefined where PATCH is answered with success, and nothing changed */
  private async patch(
    current: Stored,
    operations: readonly JsonObject[],
    deltas: readonly RelationDelta[],
    attributes: boolean,
    ifVersion: string | undefined,
  ): Promise<Stored | undefined> {
    const { endpoint } = this.upstream.type(this.type);
    const names = deltas.map(({ relation }) => relation);
    let condition = ifVersion === undefined ? undefined : this.condition(current);
    let last: UpstreamResource | undefined;
    let lost: Outage | undefined;
    for (const some of splitOperations(operations)) {
      try {
        const written = await this.upstream.api.patch(endpoint, current.id, some, condition);
        last = written.resource;
      } catch (error) {
        if (isRefusal(error, 404)) throw gone();
        if (isRefusal(error, 405, 501)) {
          this.upstream.distrust('patch');
          return undefined;
        }
        if (!(error instanceof Outage) || !error.details.perhapsDone) throw error;
        lost = error;
        break;
      }
      // Only the first chunk meets the version that the change was computed from.
      condition = undefined;
    }
    if (lost === undefined && last !== undefined && ownVersion(last) !== undefined) {
      const answered = this.reader.decode(last);
      if (answered.meta.version !== current.meta.version) return answered;
    }
    // Success that shows nothing: whether it is one is seen at what is there now.
    const now = await this.reader.byId(current.id, names);
    if (now === undefined) throw gone();
    const done = deltas.every((delta) => {
      const { add, remove } = effect(delta, now);
      return add.length + remove.length === 0;
    });
    if (done && (!attributes || !sameAttributes(current, now, names))) {
      return this.reader.renewed(current, now);
    }
    if (lost !== undefined) throw lost;
    this.upstream.distrust('patch');
    return undefined;
  }

  /** The resource read, changed and replaced as a whole, for servers without PATCH. */
  private async putWhole(
    id: string,
    deltas: readonly RelationDelta[],
    attributes: readonly JsonObject[],
  ): Promise<Stored> {
    const relations = this.type.relations.map(({ attribute }) => attribute.name);
    const current = await this.reader.byId(id, relations);
    if (current === undefined) throw gone();
    const upstream = this.upstream.type(this.type);
    const body: Record<string, JsonObject[string]> = {
      ...outgoing(this.type, current, upstream, { policy: 'drop', dropped: () => {} }),
    };
    for (const { op, path, value } of attributes) {
      const [urn, name] = splitPath(this.type, String(path));
      if (urn === undefined) body[name] = op === 'remove' ? undefined : value;
      else {
        const part = { ...(body[urn] as JsonObject | undefined), [name]: value };
        if (op === 'remove') delete part[name];
        body[urn] = part;
      }
    }
    for (const { relation, add, remove } of deltas) {
      const gonners = new Set(remove);
      const kept = valuesOf(current, relation).filter((value) => !gonners.has(value));
      const all = [...kept.map((value) => ({ value })), ...add];
      body[relation] = all;
    }
    return this.send(id, body, current, current as Draft);
  }

  /** @throws BackendError `unique` */
  private async checkUnique(draft: Draft, current: Stored | undefined): Promise<void> {
    const error = await this.taken(draft, current);
    if (error !== undefined) throw error;
  }

  private async taken(
    draft: Draft,
    current: Stored | undefined,
  ): Promise<BackendError | undefined> {
    const keys = uniqueKeys(this.type, draft);
    const before = current === undefined ? [] : uniqueKeys(this.type, current);
    const changed = keys.filter(
      ({ path, key }) => !before.some((old) => old.path === path && old.key === key),
    );
    if (changed.length === 0) return undefined;
    const paths = new Set(changed.map(({ path }) => path));
    const filters = [...paths].flatMap((path) => equality(path, this.type, draft));
    for (const stored of await this.candidates(combineFilters('or', filters), [])) {
      if (stored.id === current?.id) continue;
      const theirs = uniqueKeys(this.type, stored);
      for (const { path, key } of changed) {
        if (theirs.some((their) => their.path === path && their.key === key))
          return notUnique(path);
      }
    }
    return undefined;
  }

  /** Resources that match, and perhaps others: asked for in one request, else in several, else all. */
  private async candidates(filter: Filter, expand: readonly string[]): Promise<readonly Stored[]> {
    const whole = await this.reader.matching({ filter, expand });
    if (whole !== undefined) return whole;
    const parts: Stored[] = [];
    for (const one of filter.kind === 'or' ? filter.operands : []) {
      const found = await this.reader.matching({ filter: one, expand });
      if (found === undefined) return all(this.reader.walk({ expand }));
      parts.push(...found);
    }
    return filter.kind === 'or' ? parts : all(this.reader.walk({ expand }));
  }

  /** The version to be met; undefined where the other server does not compare it. */
  private condition(current: Stored): string | undefined {
    return this.upstream.compares ? this.reader.tagOf(current) : undefined;
  }

  private async again(id: string): Promise<UpstreamResource> {
    const { endpoint } = this.upstream.type(this.type);
    const found = await this.upstream.api.get(endpoint, id, {});
    if (found === undefined) throw gone();
    return found;
  }

  private renewed(before: Stored, resource: UpstreamResource): Stored {
    return this.reader.renewed(before, this.bare(resource));
  }

  private bare(resource: UpstreamResource): Stored {
    const names = [...this.type.relations, ...this.type.inverses];
    return without(
      this.reader.decode(resource),
      names.map(({ attribute }) => attribute.name),
    );
  }
}

/** What of a delta is not so already. */
function effect({ relation, add, remove }: RelationDelta, current: Stored): RelationDelta {
  const present = new Set(valuesOf(current, relation));
  return {
    relation,
    add: add.filter(({ value }) => !present.has(value)),
    remove: remove.filter((value) => present.has(value)),
  };
}

function difference(relation: string, current: Stored, draft: Draft): RelationDelta {
  const wanted = valuesOf(draft as Stored, relation);
  const remove = valuesOf(current, relation).filter((value) => !wanted.includes(value));
  return effect({ relation, add: wanted.map((value) => ({ value })), remove }, current);
}

function without(stored: Stored, names: readonly string[]): Stored {
  const left = Object.entries(stored).filter(([name]) => !names.includes(name));
  return Object.fromEntries(left) as Stored;
}

function sameAttributes(a: Stored, b: Stored, names: readonly string[]): boolean {
  const plain = (stored: Stored) => ({ ...without(stored, names), meta: undefined });
  return equalJson(plain(a), plain(b));
}

function sameKeys(type: ResourceType, stored: Stored, draft: Draft): boolean {
  const keys = (resource: JsonObject) =>
    JSON.stringify(uniqueKeys(type, resource).map(({ path, key }) => [path, key]));
  return keys(stored) === keys(draft);
}

function sameMembers(names: readonly string[], stored: Stored, draft: Draft): boolean {
  return names.every(
    (name) =>
      [...valuesOf(stored, name)].sort().join() ===
      [...valuesOf(draft as Stored, name)].sort().join(),
  );
}

/** `path eq value` for each value of the resource. */
function equality(path: string, type: ResourceType, draft: Draft): readonly Filter[] {
  const found = [...type.unique, ...type.indexed].find(
    ({ attribute, sub }) => (sub ?? attribute).path === path,
  );
  if (found === undefined) return [];
  const { attribute, sub } = found;
  return valuesAt(draft, found).flatMap((value): Filter[] =>
    typeof value === 'string' && value !== ''
      ? [{ kind: 'compare', path: { element: false, attribute, sub }, operator: 'eq', value }]
      : [],
  );
}

function splitPath(type: ResourceType, path: string): readonly [string | undefined, string] {
  const extension = type.extensions.find(({ schema }) => path.startsWith(`${schema.id}:`));
  if (extension === undefined) return [undefined, path];
  return [extension.schema.id, path.slice(extension.schema.id.length + 1)];
}

async function all(items: AsyncIterable<Stored>): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for await (const stored of items) found.push(stored);
  return found;
}
