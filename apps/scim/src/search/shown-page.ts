import { TimeSlice } from '#backend';
import { type JsonObject, MessageUrn } from '#scim';
import { jsonPieces } from '../http/json-pieces.js';

/** The resources of a page, written out. */
export interface ShownPage<T = unknown> {
  /** Each in pieces of JSON. */
  readonly resources: readonly (readonly string[])[];
  /** The last one that the page covers. */
  readonly last: T | undefined;
  /** Whether the page ends before what was found does. */
  readonly isCut: boolean;
}

/** How resources of a page become what is shown of them. */
export interface Showing<T> {
  /**
   * Loads what is shown of some and was not read with them; what is gone meanwhile is left out.
   * Absent: nothing is to be loaded.
   */
  readonly load?: ((some: readonly T[]) => Promise<ReadonlyMap<T, T>>) | undefined;
  readonly show: (one: T) => JsonObject;
  /** One that cannot be shown is reported and passed over: it must not cost all others. */
  readonly report: (one: T, error: unknown) => void;
}

/** Resources that are loaded first, to see how large they are. */
const FIRST = 2;
/** How much more is loaded each time, as long as it fits. */
const GROWTH = 8;

/**
 * Writes resources out until they fill a page, one at least (RFC 7644 §3.4.2.4: itemsPerPage tells
 * how many). What is large of them is loaded for as many as are likely to fit.
 */
export async function shownPage<T>(
  found: readonly T[],
  { load, show, report }: Showing<T>,
  mostBytes: number,
): Promise<ShownPage<T>> {
  const resources: string[][] = [];
  let bytes = 0;
  let last: T | undefined;
  let size = load === undefined ? found.length : FIRST;
  const slice = new TimeSlice();
  for (let from = 0; from < found.length; ) {
    const some = found.slice(from, from + size);
    const loaded = await load?.(some);
    for (const one of some) {
      const whole = loaded === undefined ? one : loaded.get(one);
      try {
        const pieces: string[] = [];
        for (const piece of whole === undefined ? [] : jsonPieces(show(whole))) {
          pieces.push(piece);
          bytes += Buffer.byteLength(piece);
          if (slice.isOver) await slice.next();
        }
        if (resources.length > 0 && bytes > mostBytes) return { resources, last, isCut: true };
        if (pieces.length > 0) resources.push(pieces);
      } catch (error) {
        report(one, error);
      }
      last = one;
      if (load !== undefined) await slice.next();
    }
    from += some.length;
    const fitting = Math.ceil((mostBytes - bytes) / Math.max(1, bytes / from));
    size = Math.max(1, Math.min(size * GROWTH, fitting));
  }
  return { resources, last, isCut: false };
}

/** The ListResponse message (RFC 7644 §3.4.2), in pieces of JSON. */
export function listResponse(
  total: number,
  resources: readonly (readonly string[])[],
  paging: JsonObject,
): readonly string[] {
  const head = JSON.stringify({
    schemas: [MessageUrn.ListResponse],
    totalResults: total,
    itemsPerPage: resources.length,
    ...paging,
  });
  // Always there, also when empty: SRAM's sweep reads it blindly.
  const start = `${head.slice(0, -1)},"Resources":[`;
  if (resources.every((pieces) => pieces.length === 1)) {
    return [`${start}${resources.flat().join(',')}]}`];
  }
  return [start, ...resources.flatMap((pieces, i) => (i === 0 ? pieces : [',', ...pieces])), ']}'];
}
