import { type JsonObject, MessageUrn } from '#scim';

/** The resources of a page, written out. */
export interface ShownPage<T = unknown> {
  readonly texts: readonly string[];
  /** The last one that the page covers. */
  readonly last: T | undefined;
  /** Whether the page ends before what was found does. */
  readonly isCut: boolean;
}

/**
 * Writes resources out until they fill a page, one at least (RFC 7644 §3.4.2.4: itemsPerPage tells
 * how many). One that cannot be shown is reported and passed over: it must not cost all others.
 */
export function shownPage<T>(
  found: readonly T[],
  show: (one: T) => JsonObject,
  mostBytes: number,
  report: (one: T, error: unknown) => void,
): ShownPage<T> {
  const texts: string[] = [];
  let bytes = 0;
  let last: T | undefined;
  for (const one of found) {
    try {
      const text = JSON.stringify(show(one));
      bytes += Buffer.byteLength(text);
      if (texts.length > 0 && bytes > mostBytes) return { texts, last, isCut: true };
      texts.push(text);
    } catch (error) {
      report(one, error);
    }
    last = one;
  }
  return { texts, last, isCut: false };
}

/** The ListResponse message (RFC 7644 §3.4.2), as JSON. */
export function listResponse(total: number, texts: readonly string[], paging: JsonObject): string {
  const head = JSON.stringify({
    schemas: [MessageUrn.ListResponse],
    totalResults: total,
    itemsPerPage: texts.length,
    ...paging,
  });
  // Always there, also when empty: SRAM's sweep reads it blindly.
  return `${head.slice(0, -1)},"Resources":[${texts.join(',')}]}`;
}
