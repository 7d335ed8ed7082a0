import {
  BackendError,
  conflict,
  type Deletion,
  type Draft,
  gone,
  type Locks,
  notUnique,
  type Stored,
  uniqueKeys,
  type WriteContext,
  withoutPassword,
} from '#backend';
import type { JsonObject, MutableJsonObject, ResourceType } from '#scim';
import { Outage } from '#upstream-http';
import { isRefusal, type Refusal } from '../api/errors.js';
import type { JumpCloudApi } from '../api/jumpcloud.api.js';
import { isNativeId, type NativeUser } from '../api/native.js';
import { addressOf } from '../mapping/fields.js';
import { blobOf, keyName, linesOf } from '../mapping/ssh-keys.js';
import { type DecodedUser, type EncodedUser, encodeUser } from '../mapping/user.mapping.js';
import { ignoringCase } from './user.filter.js';
import type { UserLookup } from './user.lookup.js';

const CERTIFICATES = 'x509Certificates';
/** Creations that got no answer before it is given up. */
const MOST_TRIES = 3;

/** Writes users. Writers of the same user, or of the same unique value, wait for each other. */
export class UserWriter {
  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly lookup: UserLookup,
    private readonly locks: Locks,
    /** JumpCloud gets passwords as they were sent. */
    private readonly passesPasswords: boolean,
  ) {}

  put(stated: Draft, context: WriteContext): Promise<Stored> {
    const passed = this.passesPasswords ? withoutPassword(this.type, stated) : undefined;
    const draft = passed?.resource ?? stated;
    const secret = passed?.password === undefined ? {} : { password: passed.password };
    const { id } = draft;
    const values = uniqueKeys(this.type, draft).map(({ path, key }) => `user ${path} ${key}`);
    if (context.ifVersion === undefined) {
      if (id !== undefined) throw idRefused();
      return this.locks.run(values, () => this.create(draft, secret, context));
    }
    if (id === undefined || !isNativeId(id)) throw gone();
    return this.locks.run([`user ${id}`, ...values], () =>
      this.replace(id, draft, secret, context),
    );
  }

  delete(id: string, { ifVersion }: WriteContext): Promise<Deletion | undefined> {
    return this.locks.run([`user ${id}`], async () => {
      const current = await this.lookup.byId(id);
      if (current === undefined) return undefined;
      if (ifVersion !== undefined && current.stored.meta.version !== ifVersion) throw conflict();
      return (await this.api.deleteUser(id)) ? { deleted: current.stored } : undefined;
    });
  }

  private async create(
    draft: Draft,
    secret: JsonObject,
    { signal }: WriteContext,
  ): Promise<Stored> {
    await this.lookup.checkUnique(draft, undefined);
    const leftOut = new Set<string>();
    // The word in the details must stay the same over all tries.
    let encoded = encodeUser(this.type, draft, undefined, leftOut);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      try {
        const native = await this.createOnce(encoded, secret, tries > 1);
        return await this.withKeys(native, new Map(), linesOf(draft[CERTIFICATES]), true);
      } catch (error) {
        if (error instanceof Outage && error.details.perhapsDone && tries < MOST_TRIES) continue;
        if (!isRefusal(error)) throw error;
        const refused = await this.explain(error, encoded.fields, undefined);
        if (leftOut.has(refused)) throw error;
        leftOut.add(refused);
        encoded = encodeUser(this.type, draft, undefined, leftOut);
      }
    }
  }

  /**
   * A creation whose answer was lost is looked for before anybody repeats it, and once more where
   * the repeat is refused: the first may have been late.
   */
  private async createOnce(
    { fields, mark }: EncodedUser,
    secret: JsonObject,
    repeated: boolean,
  ): Promise<NativeUser> {
    try {
      return await this.api.createUser({ ...fields, ...secret });
    } catch (error) {
      const lost = error instanceof Outage && error.details.perhapsDone;
      if (!lost && !(repeated && isRefusal(error))) throw error;
      const { items } = await this.api.search([{ username: fields.username }]);
      const [found] = items.map((native) => this.lookup.decode(native));
      if (found === undefined) throw error;
      if (found.mark !== mark) throw lost ? notUnique('userName') : error;
      return found.native;
    }
  }

  private async replace(
    id: string,
    draft: Draft,
    secret: JsonObject,
    context: WriteContext,
  ): Promise<Stored> {
    const current = await this.lookup.byId(id, context.signal);
    if (current === undefined) throw gone();
    if (current.stored.meta.version !== context.ifVersion) throw conflict();
    await this.lookup.checkUnique(draft, current.stored);
    // The directory that manages a user finds it by this field.
    const managed = current.native.externally_managed === true;
    const leftOut = new Set(managed ? ['external_dn'] : []);
    if (managed) this.lookup.forgetHidden();
    for (;;) {
      const { fields } = encodeUser(this.type, draft, current, leftOut);
      try {
        const native = await this.api.updateUser(id, { ...fields, ...secret });
        const before = linesOf(current.stored[CERTIFICATES]);
        return await this.withKeys(native, before, linesOf(draft[CERTIFICATES]), false);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (error.status === 404 && (await this.api.user(id)) === undefined) throw gone();
        const refused = await this.explain(error, fields, current);
        if (leftOut.has(refused)) throw error;
        leftOut.add(refused);
      }
    }
  }

  /** Brings the user's SSH keys to where they belong; those of others stay. */
  private async withKeys(
    native: NativeUser,
    before: ReadonlyMap<string, string>,
    after: ReadonlyMap<string, string>,
    created: boolean,
  ): Promise<Stored> {
    const added = [...after].filter(([blob]) => !before.has(blob));
    const removed = [...before.keys()].filter((blob) => !after.has(blob));
    if (added.length === 0 && removed.length === 0) return this.lookup.decode(native).stored;
    const id = native._id;
    try {
      const present = created ? [] : await this.api.keys(id);
      const blobs = new Map(present.map((key) => [blobOf(key.text), key.id]));
      for (const [blob, line] of added) {
        if (!blobs.has(blob)) await this.addKey(id, blob, line);
      }
      for (const blob of removed) {
        const key = blobs.get(blob);
        if (key !== undefined) await this.api.removeKey(id, key);
      }
    } catch (error) {
      // A user without its keys would be half of what was asked for.
      if (created) await this.api.deleteUser(id).catch(() => undefined);
      throw error;
    }
    const now = await this.lookup.byId(id);
    if (now === undefined) throw gone();
    return now.stored;
  }

  private async addKey(id: string, blob: string, line: string): Promise<void> {
    try {
      await this.api.addKey(id, keyName(blob), line);
    } catch (error) {
      if (!(error instanceof Outage) || !error.details.perhapsDone) throw error;
      const done = (await this.api.keys(id)).some(({ text }) => blobOf(text) === blob);
      if (!done) throw error;
    }
  }

  /**
   * Why JumpCloud refuses a user. It does not say: a 400 may be a value that is taken or one that it
   * does not take.
   * @returns the native field whose value the details can keep instead
   * @throws BackendError `unique`, `unsupported`, `refused`
   */
  private async explain(
    refusal: Refusal,
    fields: JsonObject,
    current: DecodedUser | undefined,
  ): Promise<string> {
    const { username, employeeIdentifier: employee, manager } = fields;
    const email = addressOf(fields.email);
    const conditions: MutableJsonObject[] = [];
    if (username !== undefined) conditions.push({ username });
    if (email !== undefined) conditions.push({ email: ignoringCase(email) });
    if (typeof employee === 'string') conditions.push({ employeeIdentifier: employee });
    if (conditions.length > 0) {
      const { items } = await this.api.search(conditions);
      const others = items.filter(({ _id }) => _id !== current?.native._id);
      if (others.some((other) => other.username === username)) throw notUnique('userName');
      const address = email?.toLowerCase();
      if (others.some((other) => addressOf(other.email)?.toLowerCase() === address && email)) {
        throw notUnique('emails.value');
      }
      if (others.some((other) => other.employeeIdentifier === employee && employee)) {
        return 'employeeIdentifier';
      }
    }
    if (typeof manager === 'string' && (await this.api.user(manager)) === undefined) {
      const message = `manager: JumpCloud has no user with the id "${manager}".`;
      throw new BackendError('unsupported', message, { path: 'manager.value' });
    }
    // An address must be unique in all of JumpCloud, also where nobody here can see the other one.
    if (email !== undefined && /exist|taken|in use/i.test(refusal.message)) {
      throw notUnique('emails.value');
    }
    if (
      current !== undefined &&
      username !== undefined &&
      /username|bound/i.test(refusal.message)
    ) {
      throw new BackendError(
        'refused',
        'userName: JumpCloud renames nobody who is bound to a device, an application or a directory.',
        { path: 'userName', status: 400, scimType: 'mutability' },
      );
    }
    throw refusal;
  }
}

export function idRefused(): BackendError {
  return new BackendError('invalid-id', 'JumpCloud gives every id itself.');
}
