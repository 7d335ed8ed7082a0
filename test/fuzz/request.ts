import type { Answer, SentRequest, Service } from '../support/service.js';

/** One request, as data: what a failing run prints, shrinks to, and keeps as a regression file. */
export interface FuzzRequest {
  readonly method: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text that is sent as it is, or what is sent as JSON. */
  readonly body?: unknown;
}

/** `{id}` and `{group}` in a path or a text stand for resources that exist. */
export interface Known {
  readonly id: string;
  readonly group: string;
}

export function sendTo(service: Service, request: FuzzRequest, known: Known): Promise<Answer> {
  const filled = (text: string) =>
    text.replaceAll('{id}', known.id).replaceAll('{group}', known.group);
  const { method, path, headers, body } = request;
  const sent: SentRequest = {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined
      ? {}
      : { body: filled(typeof body === 'string' ? body : JSON.stringify(body)) }),
  };
  return service.request(method, filled(path), sent);
}
