import { createHash } from 'node:crypto';
import type { JsonObject, ResourceType, SchemaRegistry } from '#scim';
import { CommandError } from '../terminal/exit-codes.js';
import type { Arrival, Source } from '../transfer/source.js';
import { FAMILY, GIVEN, KINDS, SUBJECTS, TITLES } from './names.js';

export interface SampleOptions {
  readonly users: number;
  readonly groups: number;
  readonly seed: number;
}

/** First moment that samples say they were made at; one a second from then on. */
const BEGIN = Date.UTC(2024, 0, 1);
/** Most members of most groups; one in fifty has a hundred times as many. */
const MOST_MEMBERS = 20;

/**
 * People and groups that look like those of a university, the same for the same seed: a resource is
 * made of its number alone, so that none has to be remembered.
 */
export class SampleSource implements Source {
  private readonly user: ResourceType;
  private readonly group: ResourceType;

  /** @throws CommandError where the service has no users or groups */
  constructor(
    registry: SchemaRegistry,
    private readonly options: SampleOptions,
  ) {
    this.user = typeOf(registry, 'User');
    this.group = typeOf(registry, 'Group');
  }

  async count(): Promise<number> {
    return this.options.users + this.options.groups;
  }

  async *resources(): AsyncGenerator<Arrival> {
    for (let n = 0; n < this.options.users; n++) yield this.arrival(this.user, n, this.person(n));
    for (let n = 0; n < this.options.groups; n++) yield this.arrival(this.group, n, this.team(n));
  }

  async *related(): AsyncGenerator<Arrival> {
    for (let n = 0; n < this.options.groups; n++) {
      const members = this.members(n);
      yield this.arrival(this.group, n, { ...this.team(n), members });
    }
  }

  private arrival(type: ResourceType, number: number, attributes: JsonObject): Arrival {
    const id = this.id(type.name, number);
    const time = new Date(BEGIN + number * 1000).toISOString();
    const meta = { resourceType: type.name, created: time, lastModified: time };
    return {
      key: `${type.name}/${id}`,
      type,
      resource: { schemas: [type.schema.id], id, ...attributes, meta },
    };
  }

  private person(number: number): JsonObject {
    const pick = this.picker('User', number);
    const [givenName, familyName] = [pick(GIVEN), pick(FAMILY)];
    const userName = `${ascii(givenName)}.${ascii(familyName)}.${this.options.seed}.${number}`;
    return {
      userName,
      externalId: `sample-${this.options.seed}-${number}`,
      name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
      displayName: `${givenName} ${familyName}`,
      title: pick(TITLES),
      active: pick(10) !== 0,
      emails: [
        { value: `${userName}@example.org`, type: 'work', primary: true },
        ...(pick(3) === 0 ? [{ value: `${userName}@home.example.net`, type: 'home' }] : []),
      ],
      ...(pick(2) === 0
        ? { phoneNumbers: [{ value: `+31 20 ${1_000_000 + pick(9_000_000)}`, type: 'work' }] }
        : {}),
    };
  }

  private team(number: number): JsonObject {
    const pick = this.picker('Group', number);
    return {
      displayName: `${pick(SUBJECTS)} ${pick(KINDS)} ${number}`,
      externalId: `sample-group-${this.options.seed}-${number}`,
    };
  }

  /** Users, and in each fifth group an earlier group, so that groups nest without a circle. */
  private members(number: number): readonly JsonObject[] {
    const pick = this.picker('members', number);
    const { users } = this.options;
    const most = pick(50) === 0 ? MOST_MEMBERS * 100 : MOST_MEMBERS;
    const numbers = new Set<number>();
    const wanted = users === 0 ? 0 : Math.min(users, 1 + pick(most));
    while (numbers.size < wanted) numbers.add(pick(users));
    const members: JsonObject[] = [...numbers].map((n) => ({
      value: this.id('User', n),
      type: 'User',
    }));
    if (number > 0 && number % 5 === 0) {
      members.push({ value: this.id('Group', pick(number)), type: 'Group' });
    }
    return members;
  }

  private id(type: string, number: number): string {
    const hex = createHash('sha256').update(`${this.options.seed} ${type} ${number}`).digest('hex');
    const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      variant + hex.slice(17, 20),
      hex.slice(20, 32),
    ].join('-');
  }

  /** Chooses from a list or below a number, by a sequence of the seed's own for each resource. */
  private picker(what: string, number: number) {
    let drawn = 0;
    function pick(below: number): number;
    function pick<T>(list: readonly T[]): T;
    function pick<T>(from: number | readonly T[]): number | T {
      const text = `${seed} ${what} ${number} ${drawn++}`;
      const value = createHash('sha256').update(text).digest().readUInt32BE();
      if (typeof from === 'number') return value % from;
      return from[value % from.length] as T;
    }
    const { seed } = this.options;
    return pick;
  }
}

function typeOf({ typeByName }: SchemaRegistry, name: string): ResourceType {
  const type = typeByName.get(name);
  if (type === undefined) throw new CommandError(`The schemas have no resource type ${name}.`);
  return type;
}

/** Lower case, without marks, blanks and what is not Latin. */
function ascii(name: string): string {
  const plain = name.normalize('NFD').toLowerCase().replaceAll('ı', 'i').replaceAll('ø', 'o');
  return plain.replaceAll(/[^a-z]/g, '');
}
