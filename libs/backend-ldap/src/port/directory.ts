/**
 * The little of LDAP that this library needs (RFC 4511). Only `ldapjs.connection.ts` knows the
 * client library: another one is put in by writing that file anew.
 */

/** Octets of an attribute's values by lower-case name, options such as `;lang-en` left out. */
export type Attributes = ReadonlyMap<string, readonly Buffer[]>;

export interface Entry {
  /** RFC 4514 text; what the server says in `entryDN` where it was asked for and is given. */
  readonly dn: string;
  readonly attributes: Attributes;
  /** Index of the last value that was sent, of attributes that have more; never leaves the port. */
  readonly ranges?: ReadonlyMap<string, number>;
}

/** Values are structured and never text of a filter: nothing in them can be taken for syntax. */
export type LdapFilter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly LdapFilter[] }
  | { readonly kind: 'not'; readonly operand: LdapFilter }
  | { readonly kind: 'equal'; readonly attribute: string; readonly value: string | Buffer }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'substring';
      readonly attribute: string;
      readonly initial?: string;
      readonly any: readonly string[];
      readonly final?: string;
    };

export type Scope = 'base' | 'one' | 'sub';

export interface SearchRequest {
  readonly base: string;
  readonly scope: Scope;
  readonly filter?: LdapFilter;
  /** Names of the attributes to return; `['1.1']` for none. */
  readonly attributes: readonly string[];
}

/** A part of everything that a search finds, sorted by one attribute; without it comes last. */
export interface ViewRequest extends SearchRequest {
  readonly orderBy: string;
  /** Name of the ordering rule, since few attributes have one of their own. */
  readonly rule: string;
  /** A zero-based index, or the value of the first entry or of what it comes after. */
  readonly start: { readonly offset: number } | { readonly from: string };
  /** Most entries, at least 1. */
  readonly count: number;
}

export interface View {
  /** From a value beyond the last one, servers may return the last entry. */
  readonly entries: readonly Entry[];
  /** How many the search finds in all; undefined where `start` lies beyond them. */
  readonly total: number | undefined;
}

export interface Change {
  readonly operation: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  readonly values: readonly Buffer[];
}

/** One bound connection. Its promises always settle; a broken connection rejects all of them. */
export interface Connection {
  /** False once it broke or was closed. */
  readonly usable: boolean;
  /** Operations under way. */
  readonly load: number;
  /** All entries at once; for a single entry, or where the server cannot page. */
  search(request: SearchRequest): Promise<readonly Entry[]>;
  /** One page (RFC 2696). A connection may have one paged search under way at a time. */
  page(request: SearchRequest, size: number, cookie: Buffer | undefined): Promise<SearchPage>;
  /**
   * A part of a sorted list. Servers keep the list for as long as the connection stands, so it is
   * closed afterwards.
   */
  view(request: ViewRequest): Promise<View>;
  /**
   * @param after names of attributes to tell as they are after the change (RFC 4527)
   * @returns those; undefined where the server does not tell
   */
  add(dn: string, attributes: Attributes, after: readonly string[]): Promise<Told>;
  /** As `add`. All changes are made, or none. */
  modify(dn: string, changes: readonly Change[], after: readonly string[]): Promise<Told>;
  /** Gives an entry another name in its unit, e.g. `uid=jdoe`; values of the old one go. */
  rename(dn: string, rdn: string): Promise<void>;
  delete(dn: string): Promise<void>;
  /** Has the server set a password, in the form that it keeps them in (RFC 3062). */
  setPassword(dn: string, password: string): Promise<void>;
  close(): void;
}

/** What a server says of an entry right after a change. */
export type Told = Attributes | undefined;

export interface SearchPage {
  readonly entries: readonly Entry[];
  /** What the next page is asked for with; undefined after the last one. */
  readonly cookie: Buffer | undefined;
}

/** The server answered, with a result code other than success (RFC 4511 §4.1.9). */
export class LdapError extends Error {
  override readonly name = 'LdapError';

  constructor(
    readonly code: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The server did not let a connection come about. */
export class Refused extends LdapError {
  constructor(
    /** Its address. */
    readonly where: string,
    readonly stage: 'startTls' | 'bind',
    cause: LdapError,
  ) {
    super(cause.code, cause.message, { cause });
  }
}

/** There was no answer: no connection, a broken one, or none in time. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    message: string,
    /** Whether the connection had been good before: a new one may well be good again. */
    readonly stale: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const RESULT = {
  operationsError: 1,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  inappropriateMatching: 18,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccess: 50,
  unwillingToPerform: 53,
  /** This and 76: a view begins beyond the end of the list. */
  offsetRangeError: 61,
  namingViolation: 64,
  objectClassViolation: 65,
  notAllowedOnRdn: 67,
  entryAlreadyExists: 68,
  viewError: 76,
} as const;
