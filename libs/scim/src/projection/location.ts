import { wellFormed } from '../reader/text.js';

const UNRESERVED = /^[\w.~-]+$/;

/**
 * URI of a resource: `base` is the absolute SCIM base without a slash at the end, or empty for one
 * that is relative to it (`/Users/7`). It is made of any text, also of one that is no Unicode, which
 * other software may have stored: no answer is lost by it.
 */
export function resourceLocation(base: string, endpoint: string, id: string): string {
  return `${base}${endpoint}/${UNRESERVED.test(id) ? id : encodeURIComponent(wellFormed(id))}`;
}
