import type { Request } from 'express';
import type { ScimError } from '#scim';
import type { BulkInShort } from '../bulk/in-short.js';
import type { Origin } from '../http/authority.js';
import type { Rights } from './rights.js';

/** Who sends a request, by the one key or token it came with. */
export interface Client {
  /** Names the key or the holder of the token without telling it, e.g. `key-1`: for logs, and for what is bound to a client. */
  readonly id: string;
  readonly tenant: string;
  readonly rights: Rights;
  /** Whom a token speaks for (its `sub`), where OIDC_SUBJECT says how such people are found. */
  readonly subject?: string;
}

/** A request as the middleware and the guard leave it. */
export interface ScimHttpRequest extends Request {
  /**
   * Set by the guard; absent on public routes that were asked for without a key. Not `client`: that
   * is what Node calls the socket.
   */
  sender?: Client;
  /** Names the request in logs and answers. */
  requestId?: string;
  /** What it came to, if that was an error: what the client was told, and what was thrown. */
  failure?: { readonly error: ScimError; readonly thrown: unknown };
  /** What became of the operations of a bulk request. */
  bulk?: BulkInShort;
  /** Where it was sent to; set by the middleware. */
  origin?: Origin;
}

/** The client of a request that the guard let through. */
export function clientOf(request: ScimHttpRequest): Client {
  if (request.sender === undefined) throw new Error('a public route has no client');
  return request.sender;
}
