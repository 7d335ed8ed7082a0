import { setImmediate } from 'node:timers/promises';
import { type Draft, elementsOf, type Stored, uniqueKeys } from '#backend';
import { hasClearSecrets, type Inverse, type ResourceType, sealSecrets } from '#scim';
import type { Place } from '../place/place.js';
import type { Check, Finding } from './check.js';
import { Tally } from './tally.js';

/** Elements whose targets are looked up at once. */
const BATCH = 500;

/** Values that only one resource may have, and that several do. */
export const unique: Check = async function* (place, signal) {
  for (const type of place.registry.types) {
    const tally = new Tally();
    try {
      for await (const stored of scan(place, type, signal)) {
        for (const { path, key } of uniqueKeys(type, stored)) {
          const other = tally.find(`${path} ${key}`);
          tally.add(`${path} ${key}`, stored.id);
          if (other === undefined || other === stored.id) continue;
          yield {
            check: 'unique',
            what: `${type.name} ${stored.id}`,
            problem: `its ${path} is also that of ${other}`,
            advice: 'change one of them, or delete it',
          };
        }
      }
    } finally {
      tally.close();
    }
  }
};

/** Elements of relations that name what does not exist. */
export const dangling: Check = async function* (place, signal) {
  const { unknownMembers } = place.configuration;
  for (const type of place.registry.types) {
    const repository = place.repository(type);
    for (const relation of type.relations) {
      const { name } = relation.attribute;
      for await (const { id } of scan(place, type, signal)) {
        const whole = await repository.get(id, { expand: [name] });
        const ids = elementsOf(whole?.[name]).map(({ value }) => value);
        const missing: string[] = [];
        for (let at = 0; at < ids.length; at += BATCH) {
          const some = ids.slice(at, at + BATCH);
          const found = await repository.targets(relation, some);
          missing.push(...some.filter((value) => !found.has(value)));
        }
        if (missing.length === 0) continue;
        const finding: Finding = {
          check: 'dangling',
          what: `${type.name} ${id}`,
          problem: `${name} names what does not exist: ${listed(missing)}`,
          advice: 'doctor --fix takes them out',
        };
        // Where they are welcome, nobody takes them away.
        if (unknownMembers === 'accept')
          yield { ...finding, advice: 'UNKNOWN_MEMBERS=accept allows it' };
        else {
          const fix = async () => {
            const delta = { relation: name, add: [], remove: missing };
            await repository.applyDelta(id, [delta], { now: new Date().toISOString() });
            return `${missing.length} taken out`;
          };
          yield { ...finding, fix };
        }
      }
    }
  }
};

/** Computed attributes (`User.groups`) that do not say what the relations say, or the other way round. */
export const reverse: Check = async function* (place, signal) {
  // Where the engine computes them, they are made of the relations.
  if (!place.backend.supports.inverses) return;
  for (const type of place.registry.types) {
    for (const inverse of type.inverses) yield* compareInverse(place, type, inverse, signal);
  }
};

async function* compareInverse(
  place: Place,
  type: ResourceType,
  { attribute, type: holderName, relation }: Inverse,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const holders = place.registry.typeByName.get(holderName);
  if (holders === undefined) return;
  const tally = new Tally();
  try {
    const groups = place.repository(holders);
    for await (const { id } of scan(place, holders, signal)) {
      const whole = await groups.get(id, { expand: [relation] });
      for (const { value } of elementsOf(whole?.[relation])) tally.add(value, id);
    }
    const users = place.repository(type);
    for await (const { id } of scan(place, type, signal)) {
      const whole = await users.get(id, { expand: [attribute.name] });
      for (const { value: holder } of elementsOf(whole?.[attribute.name])) {
        if (tally.take(id, holder)) continue;
        yield unequal(
          `${type.name} ${id}`,
          `says it is in ${holderName} ${holder}, which does not have it`,
        );
      }
    }
    for (const [value, holder] of tally.pairs()) {
      if ((await users.get(value, { expand: [] })) === undefined) continue; // nested, or dangling
      yield unequal(
        `${holderName} ${holder}`,
        `has ${type.name} ${value}, whose ${attribute.name} do not say so`,
      );
    }
  } finally {
    tally.close();
  }
}

function unequal(what: string, problem: string): Finding {
  const advice =
    'take the member out and add it again; with LDAP_MEMBEROF, see that the overlay is complete';
  return { check: 'reverse', what, problem, advice };
}

/** Secrets that are kept in clear, as the reference did. */
export const secrets: Check = async function* (place, signal) {
  const { backend, configuration, registry } = place;
  if (backend.supports.secrets === 'clear') return;
  for (const type of registry.types) {
    const keep = type.relations.map(({ attribute }) => attribute.name);
    for await (const stored of scan(place, type, signal)) {
      if (!hasClearSecrets(type, stored)) continue;
      yield {
        check: 'secrets',
        what: `${type.name} ${stored.id}`,
        problem: 'a password is kept in clear',
        advice: 'doctor --fix hashes it',
        fix: async () => {
          const sealed = await sealSecrets(type, stored, stored, configuration.passwords);
          const now = new Date().toISOString();
          const draft = { ...sealed, meta: { ...stored.meta, lastModified: now } } as Draft;
          const context = { now, keep, ifVersion: stored.meta.version, targets: 'any' } as const;
          await place.repository(type).put(draft, context);
          return configuration.passwords === 'hash' ? 'hashed' : 'dropped';
        },
      };
    }
  }
};

async function* scan(
  place: Place,
  type: ResourceType,
  signal: AbortSignal,
): AsyncGenerator<Stored> {
  let met = 0;
  for await (const stored of place.backend.store(type).scan({ signal })) {
    // Some stores never wait for anything: without this no signal would be heard.
    if (met++ % 64 === 0) await setImmediate();
    signal.throwIfAborted();
    yield stored;
  }
}

function listed(ids: readonly string[]): string {
  return ids.slice(0, 3).join(', ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');
}
