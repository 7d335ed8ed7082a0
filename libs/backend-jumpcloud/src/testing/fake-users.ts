import {
  bad,
  type FakeUser,
  type Fields,
  isFields,
  type Organisation,
  Refusal,
} from './fake-data.js';
import type { Quirks } from './quirks.js';

const TEXTS = new Set(
  `username email firstname middlename lastname displayname jobTitle department costCenter company
  location employeeType description external_dn external_source_type password`.split(/\s+/),
);
const OTHERS = new Set(
  `state suspended account_locked attributes phoneNumbers addresses employeeIdentifier manager
  ssh_keys activated`.split(/\s+/),
);
const PHONES = new Set(['mobile', 'home', 'work', 'work_mobile', 'work_fax']);
const ADDRESS = `type streetAddress locality region postalCode country poBox extendedAddress`;

export function createUser(organisation: Organisation, quirks: Quirks, body: Fields): FakeUser {
  if (body.username === undefined || body.email === undefined) throw bad('Validation Error');
  if ('ssh_keys' in body) throw bad('Bad Request: ssh_keys is not allowed');
  checkFields(organisation, quirks, body, undefined);
  const id = organisation.newId();
  const state = body.state ?? (body.suspended === true ? 'SUSPENDED' : quirks.initialState);
  const user: FakeUser = {
    account_locked: false,
    activated: true,
    attributes: [],
    phoneNumbers: [],
    addresses: [],
    employeeIdentifier: null,
    ...stored(quirks, body),
    state,
    suspended: state === 'SUSPENDED',
    created: new Date().toISOString(),
    organization: '5ebeb27a0000000000000000',
    _id: id,
    id,
  };
  organisation.users.set(id, user);
  organisation.keys.set(id, []);
  return user;
}

export function updateUser(
  organisation: Organisation,
  quirks: Quirks,
  user: FakeUser,
  body: Fields,
): FakeUser {
  checkFields(organisation, quirks, body, user);
  if (body.state === 'STAGED') throw bad('Bad Request: a user cannot become STAGED');
  const renamed = body.username !== undefined && body.username !== user.username;
  if (renamed && organisation.bound.has(user._id)) {
    throw bad('Bad Request: username cannot be changed while the user is bound');
  }
  const changed: FakeUser = { ...user, ...stored(quirks, body), _id: user._id };
  if (body.state !== undefined) changed.suspended = body.state === 'SUSPENDED';
  else if (body.suspended !== undefined) changed.state = body.suspended ? 'SUSPENDED' : 'ACTIVATED';
  organisation.users.set(user._id, changed);
  return changed;
}

export function deleteUser(organisation: Organisation, user: FakeUser, cascade: string | null) {
  const reports = [...organisation.users.values()].filter(({ manager }) => manager === user._id);
  if (reports.length > 0 && cascade === null) throw new Refusal(409, 'User is a manager of users');
  for (const report of reports) {
    const manager = cascade === 'null' ? null : cascade;
    organisation.users.set(report._id, { ...report, manager });
  }
  organisation.users.delete(user._id);
  organisation.keys.delete(user._id);
}

/** A user as it is shown. */
export function shownUser(organisation: Organisation, quirks: Quirks, user: FakeUser): Fields {
  const { password: _, ...fields } = user;
  return quirks.keysInUsers
    ? { ...fields, ssh_keys: organisation.keys.get(user._id) ?? [] }
    : fields;
}

function stored(quirks: Quirks, { password: _, ...body }: Fields): Fields {
  const email = quirks.emails === 'lower case' ? String(body.email).toLowerCase() : body.email;
  return body.email === undefined ? body : { ...body, email };
}

function checkFields(
  { users, elsewhere }: Organisation,
  quirks: Quirks,
  body: Fields,
  before: FakeUser | undefined,
): void {
  for (const [name, value] of Object.entries(body)) {
    if (TEXTS.has(name)) {
      if (typeof value !== 'string') throw bad(`Validation Error: ${name} must be a string`);
      if (value.length > 1024) throw bad(`Validation Error: ${name} is too long`);
    } else if (!OTHERS.has(name)) throw bad(`Validation Error: ${name} is not allowed`);
  }
  const others = (test: (user: FakeUser) => boolean): boolean => {
    for (const user of users.values()) if (user !== before && test(user)) return true;
    return false;
  };
  const { username, email } = body;
  if (typeof username === 'string') {
    const legal = /^[A-Za-z][A-Za-z0-9._-]*$/.test(username);
    if (!legal || username.length > quirks.nameLimit) throw bad('Validation Error: username');
    if (others((user) => user.username === username)) throw taken(quirks);
  }
  if (typeof email === 'string') {
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw bad('Validation Error: email');
    const lower = email.toLowerCase();
    const used = others(
      (user) =>
        String(user.email).length === lower.length && String(user.email).toLowerCase() === lower,
    );
    if (used || elsewhere.has(lower)) throw taken(quirks);
  }
  checkState(body);
  checkReferences(others, users, body);
  checkLists(body);
}

function checkState({ state, suspended }: Fields): void {
  if (state !== undefined && !['STAGED', 'ACTIVATED', 'SUSPENDED'].includes(String(state))) {
    throw bad('Validation Error: state');
  }
  if (suspended !== undefined && typeof suspended !== 'boolean') throw bad('Validation Error');
  const conflict = state !== undefined && suspended !== undefined;
  if (conflict && (state === 'SUSPENDED') !== suspended) {
    throw bad('Bad Request: state and suspended contradict each other');
  }
}

function checkReferences(
  others: (test: (user: FakeUser) => boolean) => boolean,
  users: ReadonlyMap<string, FakeUser>,
  { employeeIdentifier: employee, manager }: Fields,
): void {
  if (employee !== undefined && employee !== null) {
    if (typeof employee !== 'string' || employee.length > 256) throw bad('Validation Error');
    if (others((user) => user.employeeIdentifier === employee)) {
      throw bad('Bad Request: employeeIdentifier must be unique');
    }
  }
  if (manager === undefined || manager === null) return;
  if (typeof manager !== 'string' || !users.has(manager)) throw bad('Bad Request: manager');
}

function checkLists({ attributes, phoneNumbers, addresses }: Fields): void {
  const names = new Set<unknown>();
  for (const { name, value, ...rest } of list(attributes)) {
    const legal = typeof name === 'string' && /^[A-Za-z0-9]{1,31}$/.test(name);
    if (!legal || names.has(name)) throw bad('Validation Error: attribute name');
    if (typeof value !== 'string' || value.length > 1024) throw bad('Validation Error: attribute');
    if (Object.keys(rest).some((key) => key !== '_id')) throw bad('Validation Error: attribute');
    names.add(name);
  }
  const phones = list(phoneNumbers);
  for (const { type, number } of phones) {
    const legal = PHONES.has(String(type)) && typeof number === 'string' && number.length <= 1024;
    if (!legal) throw bad('Validation Error: phone number');
  }
  if (new Set(phones.map(({ type }) => type)).size < phones.length) throw bad('Validation Error');
  const known = ADDRESS.split(' ');
  for (const address of list(addresses)) {
    const legal = Object.entries(address).every(
      ([name, value]) => known.includes(name) && typeof value === 'string' && value.length <= 1024,
    );
    if (!legal || !['work', 'home'].includes(String(address.type))) {
      throw bad('Validation Error: address');
    }
  }
}

function list(value: unknown): readonly Fields[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isFields)) throw bad('Validation Error');
  return value;
}

function taken(quirks: Quirks): Refusal {
  return new Refusal(quirks.taken, 'User already exists');
}
