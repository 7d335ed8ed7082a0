import {
  afterValue,
  PAGED_RESULTS,
  POST_READ,
  readAfterValue,
  readViewValue,
  SORT_REQUEST,
  sortValue,
  VIEW_REQUEST,
  VIEW_RESPONSE,
  viewValue,
} from './controls.js';
import { RESULT, type Told, type ViewRequest } from './directory.js';

import { type Control, library } from './ldapjs.library.js';

/** Controls as the client library sends and reads them, or is made to. */

/** Its value goes as it is; the library would make text of it. */
class OctetsControl extends library.Control {
  constructor(
    type: string,
    private readonly octets: Buffer,
    criticality = true,
  ) {
    super({ type, criticality });
  }

  /** Called by the library. */
  _toBer(ber: { writeBuffer(octets: Buffer, tag: number): void }): void {
    ber.writeBuffer(this.octets, 0x04);
  }
}

/** Asks for a page (RFC 2696), the first one without a cookie. */
export function pageControl(size: number, cookie: Buffer | undefined): Control {
  const value = { size, cookie: cookie ?? Buffer.alloc(0) };
  // Not critical: of parts that a server does not page (OpenLDAP's cn=config) everything comes at once.
  return new library.PagedResultsControl({ criticality: false, value });
}

/** What the next page is asked for with; undefined after the last one. */
export function cookieOf(result: unknown): Buffer | undefined {
  const cookie = (responseValue(result, PAGED_RESULTS) as { cookie?: unknown } | undefined)?.cookie;
  return Buffer.isBuffer(cookie) && cookie.length > 0 ? cookie : undefined;
}

export function viewControls(request: ViewRequest): readonly Control[] {
  return [
    new OctetsControl(SORT_REQUEST, sortValue(request)),
    new OctetsControl(VIEW_REQUEST, viewValue(request)),
  ];
}

/** What the server says of a view; a server that says nothing gave none. */
export function viewOf(result: unknown): { readonly total: number; readonly code: number } {
  const value = responseValue(result, VIEW_RESPONSE);
  const read = Buffer.isBuffer(value) ? readViewValue(value) : undefined;
  return read ?? { total: 0, code: RESULT.unavailableCriticalExtension };
}

/** Asks for attributes after a change; servers that cannot tell make it all the same. */
export function afterControls(names: readonly string[]): Control[] {
  return names.length === 0 ? [] : [new OctetsControl(POST_READ, afterValue(names), false)];
}

export function afterOf(result: unknown): Told {
  const value = responseValue(result, POST_READ);
  return Buffer.isBuffer(value) ? readAfterValue(value) : undefined;
}

function responseValue(result: unknown, control: string): unknown {
  const list = (result as { controls?: readonly { type?: string; value?: unknown }[] } | undefined)
    ?.controls;
  return list?.find(({ type }) => type === control)?.value;
}
