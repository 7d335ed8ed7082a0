import { type Connector, Locks, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { LdapBackend } from './ldap.backend.js';
import { type AttributeTable, DEFAULTS, type LdapBackendOptions } from './ldap.options.js';
import { LdapStore } from './ldap.store.js';
import { checkTables } from './mapping/check-tables.js';
import { childDn, parseDn } from './mapping/dn.js';
import { LAYOUTS, type Layout, typeLayout } from './mapping/mapping-tables.js';
import { createModel, type Model } from './mapping/model.js';
import { connect, type Open } from './port/connect.js';
import { SET_PASSWORD, VIEW_REQUEST as VIEW } from './port/controls.js';
import { type Attributes, RESULT } from './port/directory.js';
import { isCode, Pool } from './port/pool.js';
import { KeyedLists } from './query/keyed-lists.js';
import { LdapQueries } from './query/ldap.query.js';
import { SortedLists } from './query/sorted-lists.js';
import { BackLinks, MEMBER_OF } from './read/back-links.js';
import { Elements } from './read/elements.js';
import { Holders } from './read/holders.js';
import { Reader } from './read/reader.js';
import {
  checkEncryption,
  checkLayout,
  isActiveDirectory,
  readLimits,
} from './server/active-directory.js';
import { ChangeMark } from './server/change-mark.js';
import { largestWrite } from './server/limits.js';
import { serverKeepsUnique } from './server/overlays.js';
import { ServerSchema } from './server/server-schema.js';
import { startFailure } from './server/start-failure.js';
import { Tree } from './server/tree.js';
import { adoptEntries } from './write/adoption.js';
import { LdapWriter } from './write/ldap.writer.js';
import { Members } from './write/members.js';
import { Passwords } from './write/passwords.js';
import { References } from './write/references.js';
import { Renaming } from './write/renaming.js';
import { Uniqueness } from './write/uniqueness.js';

/** Connects to a directory and makes its units ready. */
export class LdapConnector implements Connector {
  private readonly options: LdapBackendOptions &
    Required<Pick<LdapBackendOptions, keyof typeof DEFAULTS>>;

  constructor(options: LdapBackendOptions) {
    this.options = { ...DEFAULTS, ...options };
  }

  async open(types: readonly ResourceType[]): Promise<LdapBackend> {
    const pool = this.createPool();
    try {
      return await this.start(pool, types);
    } catch (error) {
      pool.close();
      throw startFailure(error, this.options);
    }
  }

  async reach(types: readonly ResourceType[]): Promise<void> {
    const pool = this.createPool();
    try {
      const root = await readRoot(pool);
      this.check(root);
      checkTables(types, this.options.attributes ?? {}, await readSchema(pool, root));
      await this.base(pool, false);
    } catch (error) {
      throw startFailure(error, this.options);
    } finally {
      pool.close();
    }
  }

  /** Whether the server and the options go together. */
  private check(root: Attributes): void {
    const { layout, servers, startTls, passwords } = this.options;
    checkLayout(root, layout, servers);
    if (passwords || LAYOUTS[layout].assigned) checkEncryption(servers, startTls);
  }

  private createPool(): Pool {
    const { servers, startTls, ca, userName, password } = this.options;
    const { poolSize, connectTimeout, timeout, keepAliveEvery, pageSize } = this.options;
    const open = openBy(this.options.client);
    return new Pool({
      connect: async (number) => {
        const server = servers[number] ?? { secure: false, host: 'localhost', port: 389 };
        const options = { server, startTls, ca, userName, password, connectTimeout, timeout };
        return connect(await open, options);
      },
      servers: servers.length,
      size: poolSize,
      pageSize,
      keepAliveEvery,
      timeout,
    });
  }

  private async start(pool: Pool, types: readonly ResourceType[]): Promise<LdapBackend> {
    const { layout, attributes = {}, memberOf, report = () => undefined } = this.options;
    const root = await readRoot(pool);
    this.check(root);
    const schema = await readSchema(pool, root);
    const largest = await largestWrite(pool, root);
    const base = await this.base(pool);
    const kind = LAYOUTS[layout];
    checkTables(types, attributes, schema);
    if (kind.assigned) await readLimits(pool, root, schema, attributeNames(kind, attributes));
    const models = types.map((type) => {
      const own = typeLayout(kind, type.name, attributes[type.name]);
      const container = childDn('ou', type.collection, base);
      return createModel(type, kind, own, { base, container }, schema);
    });
    for (const model of models) await ensureUnit(pool, model.container, model.type.collection);
    const tree = new Tree(pool, schema, new Map(models.map((model) => [model.type.name, model])));
    const links = createLinks(schema, memberOf || kind.assigned === true, report);
    const marked = new Set<Model>();
    const reader = new Reader(
      pool,
      tree,
      new Holders(pool, tree, links),
      new Elements(pool, tree),
      links,
    );
    const mark = await ChangeMark.of(pool, root, this.options.baseName);
    const lists = [new SortedLists(pool, reader, report), new KeyedLists(pool, reader, mark)];
    const queries = new LdapQueries(pool, tree, reader, lists, links, (one) => marked.has(one));
    const writer = new LdapWriter(
      pool,
      tree,
      reader,
      new Members(pool, tree, links),
      new Renaming(pool, tree),
      new Uniqueness(queries),
      new References(tree),
      new Passwords(pool, this.options.passwords, hasPasswordOperation(root)),
      new Locks(),
      largest,
      (model) => ensureUnit(pool, model.container, model.type.collection),
    );
    const unique = await serverKeepsUnique(pool, models, schema);
    for (const model of models) {
      if (await adoptEntries(pool, reader, model, report)) marked.add(model);
    }
    const stores = models.map((model): [string, ResourceStore] => [
      model.type.name,
      new LdapStore(model, reader, writer, queries),
    ]);
    return new LdapBackend(pool, new Map(stores), this.options.baseName, {
      unique: unique ? 'atomic' : 'process',
      // A change sends a resource as it was and as it becomes.
      largestResource: Math.floor(largest / 2),
      secrets: this.options.passwords ? 'password' : 'hashed',
      ...(kind.assigned ? { ids: 'assigned', dangling: false } : {}),
    });
  }

  /** The entry that holds the units. */
  private async base(pool: Pool, make = true): Promise<string> {
    const { baseName, unit } = this.options;
    if (parseDn(baseName) === undefined) {
      throw new Error(`LDAP_BASENAME is "${baseName}", which is not a distinguished name.`);
    }
    if ((await pool.read(baseName, ['1.1'])) === undefined) {
      throw new Error(
        `LDAP_BASENAME is "${baseName}", which the LDAP server does not have, or does not show to this account.`,
      );
    }
    if (unit === undefined) return baseName;
    const base = childDn('ou', unit, baseName);
    if (make) await ensureUnit(pool, base, unit);
    return base;
  }
}

/** What the server says of itself (RFC 4512 §5.1). */
async function readRoot(pool: Pool): Promise<Attributes> {
  const root = await pool.read('', [
    ...['objectClass', 'vendorName', 'subschemaSubentry', 'namingContexts'],
    ...['supportedControl', 'supportedExtension'],
    ...['rootDomainNamingContext', 'schemaNamingContext', 'highestCommittedUSN'],
  ]);
  return root?.attributes ?? new Map();
}

/** Whether the server sets passwords by an operation of their own (RFC 3062). */
function hasPasswordOperation(root: Attributes): boolean {
  return (root.get('supportedextension') ?? []).some((oid) => oid.toString() === SET_PASSWORD);
}

/**
 * 389 Directory Server advertises views, refuses the one it is asked for, and from then on leaves
 * entries out of plain paged searches now and then: there, even to try it does harm.
 */
const BREAKS_LISTS = /389 Project|Red Hat/i;

async function readSchema(pool: Pool, root: Attributes): Promise<ServerSchema> {
  const vendor = String(root.get('vendorname')?.[0] ?? '');
  const controls = (root.get('supportedcontrol') ?? []).map(String);
  pool.useControls(controls.filter((control) => !(BREAKS_LISTS.test(vendor) && control === VIEW)));
  const where = root.get('subschemasubentry')?.[0]?.toString() ?? 'cn=subschema';
  const filter = { kind: 'equal', attribute: 'objectClass', value: 'subschema' } as const;
  const entry = await pool.read(where, ['attributeTypes', 'objectClasses'], filter);
  const texts = (name: string) => (entry?.attributes.get(name) ?? []).map(String);
  return new ServerSchema(texts('attributetypes'), texts('objectclasses'), isActiveDirectory(root));
}

/** Every attribute that a layout, or the configuration, keeps something in. */
function attributeNames(
  kind: Layout,
  tables: Readonly<Record<string, AttributeTable>>,
): readonly string[] {
  const layouts = Object.values(kind.types).flatMap(({ attributes, also = {} }) => [
    ...Object.values(attributes).flat(),
    ...Object.values(also),
  ]);
  const configured = Object.values(tables).flatMap((table) => Object.values(table));
  return [...new Set([...layouts, ...configured])].filter((name) => name !== '');
}

function createLinks(
  schema: ServerSchema,
  memberOf: boolean,
  report: (message: string) => void,
): BackLinks {
  if (memberOf && schema.attribute(MEMBER_OF) === undefined) {
    throw new Error('LDAP_MEMBEROF is true, but the LDAP server knows no attribute memberOf.');
  }
  return new BackLinks(memberOf, report);
}

/** The reference makes its units too. */
async function ensureUnit(pool: Pool, dn: string, name: string): Promise<void> {
  if ((await pool.read(dn, ['1.1'])) !== undefined) return;
  const classes = ['organizationalUnit', 'top'].map((text) => Buffer.from(text));
  const attributes = new Map([
    ['objectClass', classes],
    ['ou', [Buffer.from(name)]],
  ]);
  try {
    await pool.add(dn, attributes);
  } catch (error) {
    if (!isCode(error, RESULT.entryAlreadyExists)) throw error;
  }
}

/** A library is loaded when it is chosen. */
async function openBy(client: LdapBackendOptions['client']): Promise<Open> {
  return client === 'ldapts'
    ? (await import('./port/ldapts.connection.js')).openLdapts
    : (await import('./port/ldapjs.connection.js')).openLdapjs;
}
