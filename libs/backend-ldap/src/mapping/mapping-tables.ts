import type { AttributeTable, LdapLayoutName } from '../ldap.options.js';
import type { LdapFilter } from '../port/directory.js';
import { FORM } from './syntax.js';

/**
 * What entries look like, in all layouts. A path that no table names, or whose attribute the
 * server does not know, is kept in `info`, and so is every value that an attribute refuses.
 */
export interface Layout {
  /** Attribute that holds the resource's id, which entries are named by. */
  readonly naming: string;
  /**
   * The server makes the ids, and people see the names of entries: they are made of what the
   * resource is called. Entries stand anywhere below the base.
   */
  readonly assigned?: boolean;
  /** Where everything without an attribute of its own is kept, as JSON; the first one known. */
  readonly rest: readonly string[];
  /** Holds the keys of what an index should find and no attribute of its own can show; see keys.ts. */
  readonly keys: string;
  /** Holds the keys of what must be unique, and nothing else, so that an overlay can watch it. */
  readonly uniqueKeys?: string;
  /** Holds what lists are sorted by; see order.ts. */
  readonly order: string;
  /** By name of the resource type; others are kept like `Group` without members. */
  readonly types: Readonly<Record<string, TypeLayout>>;
}

export interface TypeLayout {
  /** Classes of a new entry; of a nested list, the first that the server knows. */
  readonly classes: readonly (string | readonly string[])[];
  /** Path of a SCIM attribute → LDAP attribute; of several, the first that the server knows. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  /** Name of a relation → attribute that holds the names of its elements. */
  readonly relations: Readonly<Record<string, string>>;
  /** Attributes that the classes demand; without a value they get that of another attribute. */
  readonly demanded: readonly string[];
  /** Path → attribute that shows its value where the one of the table does not. */
  readonly also?: Readonly<Record<string, string>>;
  /** Attribute → form of its values, where its syntax does not tell; see syntax.ts. */
  readonly forms?: Readonly<Record<string, string>>;
  /** Attribute of the resource that names another one → attribute that holds the name. */
  readonly references?: Readonly<Record<string, string>>;
  /** Holds the keys of this type instead of the layout's attribute. */
  readonly keys?: string;
  /** What tells entries of the type from others. */
  readonly resources?: LdapFilter;
}

/** Everything that the cosine schema brings, and extensibleObject allows. */
const COSINE = {
  rest: ['info', 'description'],
  keys: 'documentIdentifier',
  uniqueKeys: 'documentLocation',
  order: 'documentVersion',
} as const;

/** Entries that are no resources although they stand in a unit: units within it. */
export const RESOURCES: LdapFilter = {
  kind: 'not',
  operand: { kind: 'equal', attribute: 'objectClass', value: 'organizationalUnit' },
};

/** Allows every attribute on an entry. */
export const ANY_ATTRIBUTE = 'extensibleObject';

/** A group of this class must have a member: it has its own unit for one while it is empty. */
export const NEVER_EMPTY = 'groupOfNames';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const device: TypeLayout = {
  classes: ['device', ANY_ATTRIBUTE],
  attributes: { displayName: 'displayName' },
  relations: { members: 'member' },
  demanded: [],
};

export const LAYOUTS: Readonly<Record<LdapLayoutName, Layout>> = {
  reference: {
    naming: 'cn',
    ...COSINE,
    types: {
      User: {
        ...device,
        attributes: {
          userName: 'uid',
          displayName: 'displayName',
          'emails.value': ['email', 'mail'],
          'x509Certificates.value': 'sshPublicKey',
        },
      },
      Group: device,
    },
  },
  standard: {
    naming: 'uniqueIdentifier',
    ...COSINE,
    types: {
      User: {
        classes: ['top', 'person', 'organizationalPerson', 'inetOrgPerson', ANY_ATTRIBUTE],
        attributes: {
          userName: 'uid',
          'name.formatted': 'cn',
          'name.familyName': 'sn',
          'name.givenName': 'givenName',
          displayName: 'displayName',
          'emails.value': 'mail',
          'phoneNumbers.value': 'telephoneNumber',
          title: 'title',
          preferredLanguage: 'preferredLanguage',
          'photos.value': 'jpegPhoto',
          profileUrl: 'labeledURI',
          'x509Certificates.value': 'sshPublicKey',
          [`${ENTERPRISE}:employeeNumber`]: 'employeeNumber',
          [`${ENTERPRISE}:department`]: 'departmentNumber',
        },
        relations: {},
        demanded: ['cn', 'sn'],
      },
      Group: {
        classes: ['top', ['groupOfMembers', NEVER_EMPTY], ANY_ATTRIBUTE],
        attributes: { displayName: 'cn' },
        relations: { members: 'member' },
        demanded: ['cn'],
      },
    },
  },
  activedirectory: {
    naming: 'objectGUID',
    assigned: true,
    // All three are allowed on every entry, and no tool of its own shows them.
    rest: ['url'],
    keys: 'extensionName',
    order: 'adminDisplayName',
    types: {
      User: {
        classes: ['user'],
        attributes: {
          userName: 'userPrincipalName',
          'name.familyName': 'sn',
          'name.givenName': 'givenName',
          displayName: 'displayName',
          'emails.value': 'mail',
          'phoneNumbers.value': 'telephoneNumber',
          title: 'title',
          profileUrl: 'wWWHomePage',
          preferredLanguage: 'preferredLanguage',
          active: 'userAccountControl',
          [`${ENTERPRISE}:employeeNumber`]: 'employeeID',
          [`${ENTERPRISE}:department`]: 'department',
          [`${ENTERPRISE}:organization`]: 'company',
          [`${ENTERPRISE}:division`]: 'division',
        },
        also: { userName: 'sAMAccountName', 'emails.value': 'proxyAddresses' },
        forms: {
          userPrincipalName: FORM.principal,
          sAMAccountName: FORM.accountName,
          proxyAddresses: FORM.address,
          userAccountControl: FORM.account,
        },
        references: { [`${ENTERPRISE}:manager`]: 'manager' },
        // A placeholder of the schema, for users only, which domains have an index of.
        keys: 'msTSProperty01',
        relations: {},
        demanded: [],
        resources: accounts('person'),
      },
      Group: {
        classes: ['group'],
        attributes: { displayName: 'displayName' },
        also: { displayName: 'cn' },
        forms: { cn: FORM.shown },
        relations: { members: 'member' },
        demanded: [],
        resources: accounts('group'),
      },
    },
  },
};

/** Accounts and groups that the directory itself needs are none of ours. */
function accounts(objectClass: string): LdapFilter {
  const critical: LdapFilter = {
    kind: 'equal',
    attribute: 'isCriticalSystemObject',
    value: 'TRUE',
  };
  return {
    kind: 'and',
    operands: [
      { kind: 'equal', attribute: 'objectCategory', value: objectClass },
      ...(objectClass === 'person'
        ? [{ kind: 'equal', attribute: 'objectClass', value: 'user' } as const]
        : []),
      { kind: 'not', operand: critical },
    ],
  };
}

/** The layout of a type, with the table of the configuration laid over its own. */
export function typeLayout(
  layout: Layout,
  type: string,
  table: AttributeTable | undefined,
): TypeLayout {
  const own = layout.types[type] ?? layout.types.Group ?? device;
  return { ...own, attributes: { ...own.attributes, ...table } };
}
