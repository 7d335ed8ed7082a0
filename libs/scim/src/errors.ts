import type { JsonObject } from './json.js';
import { MessageUrn } from './urns.js';

/** Registered error keywords (RFC 7644 §3.12, RFC 9865 §2.1). */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/**
 * An answer to a client's mistake, or to a state the client must know of. `detail` is shown to
 * people: it says what to fix and holds nothing internal. `headers` go onto the HTTP response.
 */
export class ScimError extends Error {
  override readonly name = 'ScimError';

  constructor(
    readonly status: number,
    readonly scimType: ScimType | undefined,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }

  /** The Error message of RFC 7644 §3.12; `status` is a string there. */
  toJSON(): JsonObject {
    return {
      schemas: [MessageUrn.Error],
      status: String(this.status),
      ...(this.scimType === undefined ? {} : { scimType: this.scimType }),
      detail: this.detail,
    };
  }
}

const badRequest = (scimType: ScimType) => (detail: string) => new ScimError(400, scimType, detail);

export const invalidSyntax = badRequest('invalidSyntax');
export const invalidValue = badRequest('invalidValue');
export const invalidFilter = badRequest('invalidFilter');
export const invalidPath = badRequest('invalidPath');
export const noTarget = badRequest('noTarget');
export const mutability = badRequest('mutability');
export const invalidCursor = badRequest('invalidCursor');
export const invalidCount = badRequest('invalidCount');
export const notFound = (detail: string) => new ScimError(404, undefined, detail);
export const uniqueness = (detail: string) => new ScimError(409, 'uniqueness', detail);
