/** One entity tag as clients write it: `W/"x"`, `"x"`, or bare. */
const TAG = /(?:W\/)?"([^"]*)"|([^\s,]+)/gi;

/**
 * Whether an If-Match or If-None-Match header names a version, or is `*`. Tags compare weakly, since
 * every tag of SCIM's examples is weak and would never match strongly (RFC 7644 §3.14, RFC 7232
 * §2.3.2); a list needs one that fits.
 */
export function etagMatches(header: string, version: string): boolean {
  if (header.trim() === '*') return true;
  const wanted = opaque(version);
  for (const [, quoted, bare] of header.matchAll(TAG)) {
    if ((quoted ?? opaque(bare ?? '')) === wanted) return true;
  }
  return false;
}

/** What a tag says, without weakness and quotes. */
function opaque(tag: string): string {
  return tag.replace(/^W\//i, '').replace(/^"(.*)"$/, '$1');
}
