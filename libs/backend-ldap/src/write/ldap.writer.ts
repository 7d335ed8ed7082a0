import { randomUUID } from 'node:crypto';
import {
  BackendError,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  idTaken,
  isCurrent,
  type Locks,
  type RelationDelta,
  type Stored,
  type WriteContext,
} from '#backend';
import { valuesAt } from '#scim';
import { childDn } from '../mapping/dn.js';
import {
  type Decoded,
  type ElementTypes,
  type Encoded,
  encode,
  storedAs,
} from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import { FORM } from '../mapping/syntax.js';
import { type Attributes, type Change, LdapError, RESULT } from '../port/directory.js';
import { isCode, type Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import { invalidId, tooLarge } from '../server/errors.js';
import { sizeOf } from '../server/limits.js';
import type { Tree } from '../server/tree.js';
import { type AccountNames, accountNames } from './account-names.js';
import { UNICODE_PASSWORD, unknownPassword } from './account-password.js';
import { changesOf } from './entry-changes.js';
import { type Members, NOTHING_STATED, type Stated } from './members.js';
import type { Passed, Passwords } from './passwords.js';
import type { References } from './references.js';
import type { Renaming } from './renaming.js';
import type { Uniqueness } from './uniqueness.js';

/** How often a change is computed anew when someone else was faster. */
const MOST_TRIES = 20;

type WithId = Draft & { readonly id: string };

/**
 * Writes. Every change of an entry deletes the JSON value it was computed from and adds another one
 * that never was before, in the same modify: LDAP applies all of it or nothing, so whoever comes
 * second is told (RFC 4511 §4.6). Writers in this process wait for each other instead.
 */
export class LdapWriter {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
    private readonly reader: Reader,
    private readonly members: Members,
    private readonly renaming: Renaming,
    private readonly uniqueness: Uniqueness,
    private readonly references: References,
    private readonly passwords: Passwords,
    private readonly locks: Locks,
    /** Octets of values that the server takes at once. */
    private readonly largestWrite: number,
    /** Makes a unit that is missing. */
    private readonly ensureUnit: (model: Model) => Promise<void>,
  ) {}

  put(model: Model, draft: Draft, context: WriteContext): Promise<Stored> {
    const isNew = context.ifVersion === undefined;
    if (model.assigned && isNew && draft.id !== undefined) throw invalidId();
    const id = draft.id ?? randomUUID();
    const passed = this.passwords.of(model, draft);
    const resource: WithId = { ...passed.resource, id };
    const keys = [entryKey(model, id), ...this.uniqueness.locks(model, resource)];
    return this.locks.run(keys, async () => {
      if (isNew) {
        if (model.assigned) return this.createNamed(model, resource, passed);
        return this.create(model, resource, passed);
      }
      const current = await this.current(model, resource, context);
      return this.replace(model, resource, current, context, passed);
    });
  }

  async delete(
    model: Model,
    id: string,
    { ifVersion }: WriteContext,
  ): Promise<Deletion | undefined> {
    return this.locks.run([entryKey(model, id)], async () => {
      const current = await this.reader.one(model, id);
      if (current === undefined) return undefined;
      if (ifVersion !== undefined) {
        if (current.stored.meta.version !== ifVersion) throw conflict();
        // LDAP deletes unconditionally: a change that only the first can make goes before.
        await this.renew(model, current);
      }
      try {
        await this.pool.delete(current.entry.dn);
      } catch (error) {
        if (isCode(error, RESULT.noSuchObject)) return undefined;
        throw error;
      }
      return { deleted: current.stored };
    });
  }

  applyDelta(
    model: Model,
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return this.locks.run([entryKey(model, id)], async () => {
      const naming = this.members.named(model, deltas);
      let precise = false;
      for (let tries = 1; ; tries++) {
        const [current, named] = await Promise.all([this.reader.one(model, id), naming]);
        if (current === undefined) return undefined;
        const { version } = current.stored.meta;
        if (context.ifVersion !== undefined && context.ifVersion !== version) throw conflict();
        const changes = await this.members.effect(named, current.entry.dn, precise);
        if (changes.length === 0) return { stored: current.stored, changed: false };
        const meta = { ...current.stored.meta, lastModified: context.now };
        try {
          const resource = { ...current.stored, meta };
          const types = this.members.typesAfter(current.types, named);
          const stored = await this.modify(
            model,
            resource,
            current,
            changes,
            NOTHING_STATED,
            types,
          );
          return { stored, changed: true };
        } catch (error) {
          const lost =
            (error instanceof BackendError && error.code === 'conflict') ||
            // Active Directory, of a member that is not there.
            (!precise && isCode(error, RESULT.unwillingToPerform));
          if (!lost || tries === MOST_TRIES) throw error;
          // Something was there already, or was not: it has to be looked at what.
          precise = true;
        }
      }
    });
  }

  /** With the relations that the draft states, so that nothing goes that this version did not have. */
  private async current(model: Model, { id }: WithId, context: WriteContext): Promise<Decoded> {
    const { keep = [] } = context;
    const names = model.relations.map(({ relation }) => relation.attribute.name);
    const stated = names.filter((name) => !keep.includes(name));
    const current = await this.reader.one(model, id, stated);
    if (current === undefined) throw gone();
    if (!isCurrent(model.type, current.stored, context)) throw conflict();
    return current;
  }

  private async create(model: Model, resource: WithId, passed: Passed): Promise<Stored> {
    if (!this.tree.canName(model, resource.id)) throw invalidId();
    await this.uniqueness.check(model, resource);
    const stated = await this.members.stated(model, resource, []);
    const { names } = stated;
    const dn = this.tree.nameOf(model, resource.id);
    return this.withoutRefused(model, resource, async (refused) => {
      const placeholder = this.members.placeholder(model, names);
      const encoded = encode(model, resource, {
        token: randomUUID(),
        refused,
        placeholder: placeholder !== undefined,
        sizes: this.members.sizes(model, {}, [], stated),
        types: this.members.typesOf({}, stated),
      });
      const { change } = passed;
      const attributes = new Map([
        ...this.newEntry(model, resource.id, encoded, names, placeholder),
        ...(change === undefined ? [] : [[change.attribute, change.values] as const]),
      ]);
      // A change sends the JSON as it was and as it becomes: what can be made can be changed, too.
      this.checkSize([...attributes.values(), [encoded.info]]);
      const told = await this.add(model, resource, dn, attributes);
      await this.setFirst(dn, passed);
      await this.members.relink(dn);
      return storedAs(model, resource, joined(encoded.attributes, told), encoded.info);
    });
  }

  /** A new entry without the password that was asked for would be half of what was. */
  private async setFirst(dn: string, { apart }: Passed): Promise<void> {
    try {
      await this.passwords.set(dn, apart);
    } catch (error) {
      await this.pool.delete(dn).catch(() => undefined);
      throw error;
    }
  }

  /** Creates an entry whose id the server makes, under a name that nobody else has. */
  private async createNamed(model: Model, resource: WithId, passed: Passed): Promise<Stored> {
    await this.uniqueness.check(model, resource);
    const stated = await this.members.stated(model, resource, []);
    const referred = await this.references.names(model, resource);
    const { id: _unknown, ...draft } = resource;
    let taken = 0;
    return this.withoutRefused(model, resource, async (refused) => {
      const names = accountNames(draft, taken > 0);
      const encoded = encode(model, draft, {
        token: randomUUID(),
        refused: taken > 0 ? new Set([...refused, ACCOUNT]) : refused,
        placeholder: false,
        sizes: this.members.sizes(model, {}, [], stated),
        types: {},
        names: { cn: names.cn, [ACCOUNT]: names.account },
        referred,
      });
      const attributes = newAccount(model, encoded, names, stated.names, passed);
      this.checkSize([...attributes.values(), [encoded.info]]);
      const dn = childDn('CN', names.cn, model.container);
      try {
        const told = await this.add(model, resource, dn, attributes);
        const id = this.tree.idOf(model, { dn, attributes: told });
        if (id === undefined)
          throw new LdapError(RESULT.operationsError, 'It tells no objectGUID.');
        return storedAs(model, { ...draft, id }, joined(encoded.attributes, told), encoded.info);
      } catch (error) {
        if (!isCode(error, RESULT.entryAlreadyExists) || ++taken === MOST_NAMES) throw error;
        throw new Again();
      }
    });
  }

  private newEntry(
    model: Model,
    id: string,
    encoded: Encoded,
    names: ReadonlyMap<string, readonly string[]>,
    placeholder: { readonly attribute: string; readonly value: string } | undefined,
  ): Attributes {
    const attributes = new Map<string, readonly Buffer[]>([
      ['objectClass', model.classes.map((name) => Buffer.from(name))],
      [model.naming.name, [Buffer.from(id)]],
      [model.rest.name, [encoded.info]],
    ]);
    for (const [name, values] of encoded.attributes) {
      if (values.length > 0) attributes.set(name, values);
    }
    for (const [attribute, values] of names) {
      if (values.length > 0)
        attributes.set(
          attribute,
          values.map((name) => Buffer.from(name)),
        );
    }
    if (placeholder !== undefined) {
      attributes.set(placeholder.attribute, [Buffer.from(placeholder.value)]);
    }
    return attributes;
  }

  private async add(
    model: Model,
    resource: WithId,
    dn: string,
    attributes: Attributes,
  ): Promise<Attributes> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.pool.add(dn, attributes, revisionOf(model));
      } catch (error) {
        if (isCode(error, RESULT.noSuchObject) && tries === 1) {
          await this.ensureUnit(model);
          continue;
        }
        if (isCode(error, RESULT.entryAlreadyExists) && !model.assigned) {
          const there = await this.tree.locate(model, resource.id);
          throw there === undefined ? invalidId(error) : idTaken();
        }
        if (isCode(error, RESULT.invalidDnSyntax, RESULT.namingViolation)) throw invalidId(error);
        throw error;
      }
    }
  }

  private async replace(
    model: Model,
    resource: WithId,
    current: Decoded,
    { keep = [] }: WriteContext,
    { change, apart }: Passed,
  ): Promise<Stored> {
    await this.uniqueness.check(model, resource);
    const stated = await this.members.stated(model, resource, keep);
    const changes = await this.members.difference(model, current.entry, stated);
    const types = this.members.typesOf(current.types, stated);
    await this.passwords.set(current.entry.dn, apart);
    const all = change === undefined ? changes : [...changes, change];
    return this.modify(model, resource, current, all, stated, types);
  }

  /** @throws BackendError `conflict` when the entry is not what it was, `not-found` when it is gone */
  private async modify(
    model: Model,
    resource: WithId,
    current: Decoded,
    relations: readonly Change[],
    stated: Stated,
    types: ElementTypes,
  ): Promise<Stored> {
    const sizes = this.members.sizes(model, current.sizes, relations, stated);
    const referred = await this.references.names(model, resource, current);
    let present = current;
    return this.withoutRefused(model, resource, async (refused) => {
      const attempt = async (placeholder: boolean) => {
        const options = { token: randomUUID(), refused, placeholder, sizes, types, referred };
        const before = present.entry.attributes;
        const encoded = encode(model, resource, { ...options, before });
        present = await this.named(model, present, resource.id, encoded);
        const { changes, after } = changesOf(model, present, encoded);
        const filled = this.members.fill(model, present.placeholder, placeholder, relations);
        const all = [...changes, ...filled];
        this.checkSize(all.map(({ values }) => values));
        this.checkSize([[encoded.info], [encoded.info], ...encoded.attributes.values()]);
        const told = await this.pool.modify(present.entry.dn, all, revisionOf(model));
        return storedAs(model, resource, joined(after, told), encoded.info);
      };
      try {
        const adds = relations.some(({ operation }) => operation === 'add');
        return await attempt(current.placeholder && !adds);
      } catch (error) {
        // The class of the entry, which others may have made, allows no empty relation.
        if (isCode(error, RESULT.objectClassViolation) && this.members.empties(model, relations)) {
          return await attempt(true).catch((again) => Promise.reject(told(again)));
        }
        throw told(error);
      }
    });
  }

  private checkSize(lists: readonly (readonly Buffer[])[]): void {
    const size = sizeOf(lists);
    if (size > this.largestWrite) throw tooLarge(size, this.largestWrite);
  }

  /** The entry under a name that it can have with these attributes. */
  private async named(
    model: Model,
    current: Decoded,
    id: string,
    encoded: Encoded,
  ): Promise<Decoded> {
    const wanted = this.renaming.wanted(model, current.entry, id, encoded.attributes);
    if (wanted === undefined) return current;
    // Renaming asks for no version: a change that only the first can make goes before.
    const renewed = await this.renew(model, current);
    return { ...renewed, entry: await this.renaming.rename(model, current.entry, id, wanted) };
  }

  /** A change without a change, so that whoever computed from the same state comes second. */
  private async renew(model: Model, current: Decoded): Promise<Decoded> {
    const { placeholder, sizes, types } = current;
    const before = current.entry.attributes;
    const referred = await this.references.names(model, current.stored, current);
    const options = { token: randomUUID(), refused: NONE, placeholder, sizes, types };
    const { info } = encode(model, current.stored, { ...options, before, referred });
    const attribute = model.rest.name;
    const old: readonly Change[] =
      current.info === undefined
        ? []
        : [{ operation: 'delete', attribute, values: [current.info] }];
    if (old.length === 0) return current;
    try {
      const added: Change = { operation: 'add', attribute, values: [info] };
      await this.pool.modify(current.entry.dn, [...old, added]);
      return { ...current, info };
    } catch (error) {
      throw told(error);
    }
  }

  /**
   * Runs a write again with the values left out of attributes that the server refuses after all;
   * they are kept in the rest then.
   */
  private async withoutRefused<T>(
    model: Model,
    resource: WithId,
    write: (refused: ReadonlySet<string>) => Promise<T>,
  ): Promise<T> {
    const refused = new Set<string>();
    for (;;) {
      try {
        return await write(refused);
      } catch (error) {
        if (isCode(error, RESULT.constraintViolation)) {
          const taken = await this.uniqueness.violated(model, resource, error.message);
          if (taken !== undefined) throw taken;
        }
        if (error instanceof Again) continue;
        const blamed = blamedAttribute(model, resource, error);
        if (blamed === undefined || refused.has(blamed)) throw error;
        refused.add(blamed);
      }
    }
  }
}

/** What is to be known of an entry after its change, for the version. */
function revisionOf({ revision, assigned, naming }: Model): readonly string[] {
  return [...(revision === undefined ? [] : [revision]), ...(assigned ? [naming.name] : [])];
}

/** The attribute that names accounts and groups in their domain. */
const ACCOUNT = 'samaccountname';
/** Of a group that can have rights, with members of its own domain (MS-ADTS 2.2.12). */
const GLOBAL_SECURITY_GROUP = '-2147483646';

/** How many names are tried for a new account; from the second on, a random part is in them. */
const MOST_NAMES = 3;

/** The write is to be made anew. */
class Again extends Error {}

function newAccount(
  model: Model,
  { attributes: held, info }: Encoded,
  { account }: AccountNames,
  members: ReadonlyMap<string, readonly string[]>,
  { change }: Passed,
): Attributes {
  const attributes = new Map<string, readonly Buffer[]>([
    ['objectClass', model.classes.map((name) => Buffer.from(name))],
    [model.rest.name, [info]],
    [ACCOUNT, [Buffer.from(account)]],
  ]);
  for (const [attribute, values] of held) if (values.length > 0) attributes.set(attribute, values);
  for (const [attribute, names] of members) {
    const values = names.map((name) => Buffer.from(name));
    if (values.length > 0) attributes.set(attribute, values);
  }
  const isAccount = model.mapped.some(({ attribute }) => attribute.syntax === FORM.account);
  if (isAccount) attributes.set(UNICODE_PASSWORD, change?.values ?? [unknownPassword()]);
  else attributes.set('groupType', [Buffer.from(GLOBAL_SECURITY_GROUP)]);
  return attributes;
}

function joined(attributes: Attributes, told: Attributes): Attributes {
  return new Map([...attributes, ...told]);
}

const NONE: ReadonlySet<string> = new Set();

export function entryKey(model: Model, id: string): string {
  return `entry ${model.type.name} ${id.toLowerCase()}`;
}

/** What a failed modify says of the state that it was computed from. */
function told(error: unknown): unknown {
  if (isCode(error, RESULT.noSuchAttribute, RESULT.attributeOrValueExists)) return conflict();
  if (isCode(error, RESULT.noSuchObject)) return gone();
  // Active Directory says of a member that is there what others say of an entry.
  if (isCode(error, RESULT.entryAlreadyExists) && !isAboutAccount(error)) return conflict();
  return error;
}

/** Active Directory and Samba, of a name that another account or group has. */
function isAboutAccount({ message }: LdapError): boolean {
  return /^00000524|samAccountName/i.test(message);
}

/**
 * OpenLDAP says `mail: value #0 invalid per syntax` or `add breaks constraint on mail`, 389 Directory
 * Server says which value is not ASCII where its 7-bit check wants that, Active Directory says
 * `Att 9000c (title):len 300`, and Samba `attribute 'title'`.
 */
function blamedAttribute(model: Model, resource: WithId, error: unknown): string | undefined {
  if (isCode(error, RESULT.entryAlreadyExists) && isAboutAccount(error)) return ACCOUNT;
  const about =
    error instanceof LdapError &&
    [RESULT.invalidAttributeSyntax, RESULT.constraintViolation, RESULT.undefinedAttributeType]
      .map(Number)
      .includes(error.code);
  if (!about) return undefined;
  const [, beyondAscii] = /^The value is not 7-bit clean: (.*)$/s.exec(error.message) ?? [];
  if (beyondAscii !== undefined) {
    const mapped = model.mapped.find(({ path }) => valuesAt(resource, path).includes(beyondAscii));
    return mapped?.attribute.name;
  }
  const [, ...found] =
    /^([\w-]+):|constraint on ([\w-]+)$|\(([\w-]+)\):len|attribute '([\w-]+)'/.exec(
      error.message,
    ) ?? [];
  const name = found.find((text) => text !== undefined)?.toLowerCase();
  const held = model.mapped.flatMap(({ attribute, also }) => [attribute, ...(also ? [also] : [])]);
  return held.map((attribute) => attribute.name).find((known) => known === name);
}
