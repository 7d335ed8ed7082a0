import {
  bad,
  type FakeGroup,
  type Fields,
  isFields,
  type Organisation,
  Refusal,
} from './fake-data.js';
import type { Quirks } from './quirks.js';

const WRITABLE = new Set(['name', 'description', 'email', 'attributes', 'membershipMethod']);

export function createGroup(organisation: Organisation, quirks: Quirks, body: Fields): FakeGroup {
  const name = checkGroup(organisation, quirks, body, undefined);
  const group: FakeGroup = {
    id: organisation.newId(),
    name,
    description: String(body.description ?? ''),
    email: String(body.email ?? ''),
    attributes: isFields(body.attributes) ? body.attributes : null,
  };
  organisation.groups.set(group.id, group);
  organisation.members.set(group.id, []);
  return group;
}

/** What a PUT leaves out is emptied. */
export function replaceGroup(
  organisation: Organisation,
  quirks: Quirks,
  group: FakeGroup,
  body: Fields,
): FakeGroup {
  const name = checkGroup(organisation, quirks, body, group);
  const sent = isFields(body.attributes) ? body.attributes : undefined;
  const attributes = sent ?? (quirks.groupPut === 'keeps' ? group.attributes : null);
  if (group.attributes?.posixGroups !== undefined && attributes?.posixGroups === undefined) {
    throw bad('posixGroups cannot be removed');
  }
  group.name = name;
  group.description = String(body.description ?? '');
  group.email = String(body.email ?? '');
  group.attributes = attributes;
  return group;
}

export function shownGroup(quirks: Quirks, group: FakeGroup): Fields {
  const { attributes, ...fields } = group;
  const empty = quirks.noAttributes === 'null' ? { attributes: null } : {};
  const shown = { ...fields, type: 'user_group', membershipMethod: 'STATIC' };
  return { ...shown, ...(attributes === null ? empty : { attributes }) };
}

/** `filter=name:eq:x` */
export function groupFilter(text: string | null): (group: FakeGroup) => boolean {
  if (text === null) return () => true;
  const [, operator, value] = /^name:([a-z]+):(.*)$/s.exec(text) ?? [];
  if (operator === 'eq' && value !== undefined && !/[*,]/.test(value)) {
    return (group) => group.name === value;
  }
  throw bad('Bad Request: invalid filter');
}

/** Adds or removes one member. */
export function changeMember(
  { users, members }: Organisation,
  quirks: Quirks,
  group: FakeGroup,
  { op, type, id }: Fields,
): void {
  const list = members.get(group.id) ?? [];
  if (type !== 'user' || typeof id !== 'string') throw bad('Bad Request: type and id');
  if (op === 'add') {
    if (!users.has(id)) throw new Refusal(quirks.unknownMember, 'Not Found');
    if (list.includes(id)) throw new Refusal(409, 'Already Exists');
    list.push(id);
  } else if (op === 'remove') {
    const at = list.indexOf(id);
    if (at < 0) throw new Refusal(404, 'Not Found');
    list.splice(at, 1);
  } else throw bad('Bad Request: op');
}

/** A deleted user leaves all groups. */
export function forgetMember({ members }: Organisation, quirks: Quirks, id: string): void {
  for (const [group, list] of members) {
    const left = quirks.gaps
      ? list.map((member) => (member === id ? undefined : member))
      : list.filter((member) => member !== id);
    members.set(group, left);
  }
}

function checkGroup(
  { groups }: Organisation,
  quirks: Quirks,
  body: Fields,
  before: FakeGroup | undefined,
): string {
  for (const name of Object.keys(body)) {
    if (!WRITABLE.has(name)) throw bad(`Validation Error: ${name} is not allowed`);
  }
  const { name, attributes } = body;
  if (typeof name !== 'string' || name === '' || name.length > 255) throw bad('name is required');
  if (attributes !== undefined && attributes !== null && !isFields(attributes)) {
    throw bad('attributes must be an object');
  }
  const taken = [...groups.values()].some((group) => group !== before && group.name === name);
  if (taken) throw new Refusal(quirks.taken, 'Already Exists');
  return name;
}
