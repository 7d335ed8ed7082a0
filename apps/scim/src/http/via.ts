import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { ScimError } from '#scim';
import type { Configuration } from '../config/configuration.js';

const chain = new AsyncLocalStorage<string>();
/** Servers that a request may have come through; a chain that is longer goes in a circle. */
const LONGEST = 20;

/** The header `Via` for what is asked of other servers on behalf of the request at hand. */
export function viaOfRequest(): string | undefined {
  return chain.getStore();
}

/**
 * The name of this service in `Via`: the same for all of its instances, another one for a service
 * that forwards elsewhere. It tells nothing.
 */
export function pseudonym({ cursorSecret, publicUrl, basePath, store }: Configuration): string {
  const what = JSON.stringify([cursorSecret, publicUrl, basePath, store.name, store.settings]);
  const hash = createHash('sha256').update(`via ${what}`).digest('hex');
  return `scim-${hash.slice(0, 16)}`;
}

/**
 * Ends loops (RFC 9110 §7.6.3): a request that this service forwarded, perhaps through others, and
 * that comes back to it, is answered with 508 (RFC 5842 §7.2).
 */
export function viaMiddleware(own: string) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const stated = request.headers.via ?? '';
    const hops = stated.split(',').filter((hop) => hop.trim() !== '');
    if (hops.length > LONGEST || hops.some((hop) => hop.trim().split(/\s+/)[1] === own)) {
      next(new ScimError(508, undefined, 'The request came back to where it was forwarded from.'));
      return;
    }
    chain.run([...hops.map((hop) => hop.trim()), `1.1 ${own}`].join(', '), next);
  };
}
