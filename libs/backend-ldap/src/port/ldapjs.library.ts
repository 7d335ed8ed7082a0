import ldap from 'ldapjs';

/**
 * What the types of the client library leave out, and mends of what it loses. Both mends make it
 * hand over what it has; nothing of what it does otherwise changes.
 */
export interface Control {
  readonly type: string;
}

export const library = ldap as unknown as {
  readonly Control: new (options: {
    readonly type: string;
    readonly criticality: boolean;
  }) => Control;
  readonly PagedResultsControl: new (options: {
    readonly criticality: boolean;
    readonly value: { readonly size: number; readonly cookie: Buffer };
  }) => Control;
  readonly VirtualListViewResponseControl: { OID: string };
  readonly LDAPResult: { readonly prototype: object };
};

// It does not read this control, and breaks the connection where a server answers with it; as one
// that it has never heard of, its octets come through.
library.VirtualListViewResponseControl.OID = '';

// Its errors take the server's words from a property that its results no longer have.
Object.defineProperty(library.LDAPResult.prototype, 'errorMessage', {
  configurable: true,
  get(this: { readonly diagnosticMessage: string }): string {
    return this.diagnosticMessage;
  },
});
