import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { finalize, from, type Observable, switchMap } from 'rxjs';
import { ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { FairQueue } from './fair-queue.js';

/** Gives every request with a key a place among those under way; what needs no key never waits. */
@Injectable()
export class ConcurrencyInterceptor implements NestInterceptor {
  private readonly queue: FairQueue;

  constructor(@Inject(CONFIGURATION) configuration: Configuration) {
    this.queue = new FairQueue(configuration.maxConcurrency);
  }

  /** @throws ScimError 503 */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { sender: client, res } = context.switchToHttp().getRequest<ScimHttpRequest>();
    if (client === undefined) return next.handle();
    const gone = new AbortController();
    res?.once('close', () => gone.abort(clientGone()));
    return from(this.queue.enter(`${client.tenant}/${client.id}`, gone.signal)).pipe(
      switchMap((leave) => next.handle().pipe(finalize(leave))),
    );
  }
}

/** Nobody reads it; the status is for the log. */
function clientGone(): ScimError {
  return new ScimError(503, undefined, 'The client closed the connection.');
}
