import type { NextFunction, Response } from 'express';
import type { ScimHttpRequest } from '../access/client.js';
import { originOf } from './authority.js';

/** Whether Express believes the forwarded headers of an address, by TRUST_PROXY. */
type Trusts = (address: string | undefined, hop: number) => boolean;

/** Refuses requests whose authority is none, and keeps what it is for the addresses of answers. */
export function originMiddleware(request: ScimHttpRequest, _: Response, next: NextFunction): void {
  try {
    const trusts = request.app.get('trust proxy fn') as Trusts;
    const isTrusted = trusts(request.socket.remoteAddress, 0);
    request.origin = originOf(request, request.url, isTrusted);
    next();
  } catch (error) {
    next(error);
  }
}
