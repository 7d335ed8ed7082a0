const UNRESERVED = /^[\w.~-]+$/;

/**
 * URI of a resource: `base` is the absolute SCIM base without a slash at the end, or empty for one
 * that is relative to it (`/Users/7`).
 */
export function resourceLocation(base: string, endpoint: string, id: string): string {
  return `${base}${endpoint}/${UNRESERVED.test(id) ? id : encodeURIComponent(id)}`;
}
