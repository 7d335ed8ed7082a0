import { createRequire } from 'node:module';
import ldap from 'ldapjs';
import { Malformed } from './frames.js';

/**
 * What the types of the client library leave out, and mends of what it loses, loops over or does
 * not read. Nothing of what it does otherwise changes.
 */
export interface Control {
  readonly type: string;
}

export const library = ldap as unknown as {
  readonly Control: new (options: {
    readonly type: string;
    readonly criticality: boolean;
  }) => Control;
  readonly PagedResultsControl: { OID: string };
  readonly VirtualListViewResponseControl: { OID: string };
  readonly LDAPResult: { readonly prototype: object };
};

/** What reads the answers of a connection; it is there once the connection stands. */
export interface Parser {
  write(octets: Buffer): boolean;
  removeAllListeners(event: 'error'): void;
  on(event: 'error', listener: (error: unknown) => void): void;
}

export function parserOf(client: ldap.Client): Parser | undefined {
  return (client as unknown as { readonly _tracker?: { readonly parser?: Parser } })._tracker
    ?.parser;
}

const load = createRequire(import.meta.url);

const { ModifyDnRequest } = createRequire(load.resolve('ldapjs'))('@ldapjs/messages') as {
  readonly ModifyDnRequest: new (options: {
    readonly entry: ldap.DN;
    readonly newRdn: ldap.DN;
    readonly deleteOldRdn: boolean;
  }) => object;
};

/** Renames an entry in its unit; the library's own call takes names as text only and alters them. */
export function sendRename(
  client: ldap.Client,
  entry: ldap.DN,
  newRdn: ldap.DN,
  done: (error?: unknown) => void,
): void {
  const sender = client as unknown as {
    _send(request: object, expected: number[], emitter: null, done: (e?: unknown) => void): void;
  };
  sender._send(new ModifyDnRequest({ entry, newRdn, deleteOldRdn: true }), [0], null, done);
}

// It does not read the one, and breaks the connection where a server answers with it; as controls
// that it has never heard of, their octets come through.
library.VirtualListViewResponseControl.OID = '';
library.PagedResultsControl.OID = '';

// Its errors take the server's words from a property that its results no longer have.
Object.defineProperty(library.LDAPResult.prototype, 'errorMessage', {
  configurable: true,
  get(this: { readonly diagnosticMessage: string }): string {
    return this.diagnosticMessage;
  },
});

// It makes up what it would log of every message, a copy of all values, though nobody reads it.
Object.defineProperty(Object.getPrototypeOf(library.LDAPResult.prototype), 'pojo', {
  configurable: true,
  get: () => undefined,
});

// Where an element ends beyond its message, its reader says null and stays where it is; callers that
// read until the end then do so for ever. Messages come whole, so there is nothing to wait for.
const attribute = new ldap.Attribute({ type: 'cn', values: [] });
const reader = Object.getPrototypeOf((attribute as unknown as { toBer(): object }).toBer()) as {
  readString(...given: readonly unknown[]): unknown;
  readSequence(...given: readonly unknown[]): unknown;
};
for (const name of ['readString', 'readSequence'] as const) {
  const read = reader[name];
  reader[name] = function (this: unknown, ...given: readonly unknown[]): unknown {
    const found: unknown = read.apply(this, [...given]);
    if (found === null) throw new Malformed('an element ends beyond its message');
    return found;
  };
}

// The brackets of an IPv6 literal belong to the address as text (RFC 3986 §3.2.2), not to the host
// that is connected to.
const addresses = load('ldapjs/lib/url.js') as {
  parse(text: string): { readonly hostname: string };
};
const { parse } = addresses;
addresses.parse = (text) => {
  const address = parse(text);
  return { ...address, hostname: address.hostname.replace(/^\[(.*)\]$/, '$1') };
};
