import type { AttributeTable, LdapLayoutName } from '../ldap.options.js';

/**
 * What entries look like, in both layouts. A path that no table names, or whose attribute the
 * server does not know, is kept in `info`, and so is every value that an attribute refuses.
 */
export interface Layout {
  /** Attribute that entries are named by: the resource's id. */
  readonly naming: string;
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
}

/** Where everything without an attribute of its own is kept, as JSON. */
export const REST = ['info', 'description'] as const;

/** Holds the keys of what an index should find and no attribute of its own can show; see keys.ts. */
export const KEYS = 'documentIdentifier';

/** Holds the keys of what must be unique, and nothing else, so that an overlay can watch it. */
export const UNIQUE_KEYS = 'documentLocation';

/** Holds what lists are sorted by; see order.ts. */
export const ORDER = 'documentVersion';

/** Allows every attribute on an entry. */
export const ANY_ATTRIBUTE = 'extensibleObject';

/** A group of this class must have a member: it has its own unit for one while it is empty. */
export const NEVER_EMPTY = 'groupOfNames';

const device: TypeLayout = {
  classes: ['device', ANY_ATTRIBUTE],
  attributes: { displayName: 'displayName' },
  relations: { members: 'member' },
  demanded: [],
};

export const LAYOUTS: Readonly<Record<LdapLayoutName, Layout>> = {
  reference: {
    naming: 'cn',
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
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber':
            'employeeNumber',
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department':
            'departmentNumber',
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
};

/** The layout of a type, with the table of the configuration laid over its own. */
export function typeLayout(
  layout: Layout,
  type: string,
  table: AttributeTable | undefined,
): TypeLayout {
  const own = layout.types[type] ?? layout.types.Group ?? device;
  return { ...own, attributes: { ...own.attributes, ...table } };
}
