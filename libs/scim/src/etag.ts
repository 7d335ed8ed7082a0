import { createHash } from 'node:crypto';

/** One entity tag as clients write it: `W/"x"`, `"x"`, or bare. */
const TAG = /(?:W\/)?"([^"]*)"|([^\s,]+)/gi;

/**
 * Whether an If-None-Match header names the tag of an answer, or is `*`. Tags compare weakly, since
 * every tag of SCIM's examples is weak and would never match strongly (RFC 7644 §3.14, RFC 7232
 * §2.3.2); a list needs one that fits.
 */
export function etagMatches(header: string, version: string): boolean {
  if (header.trim() === '*') return true;
  return tagsOf(header).includes(opaque(version));
}

/**
 * The tag of an answer that shows more than a version covers, e.g. a user's groups: the version with
 * a digest of that behind it. If-Match takes it for the version, since only that can be written.
 * @param version an entity tag
 * @param shown what changes without the version, in any order; nothing: the version itself
 */
export function answerTag(version: string, shown: readonly string[]): string {
  if (shown.length === 0) return version;
  const digest = createHash('sha256')
    .update(JSON.stringify([...shown].sort()))
    .digest('base64url');
  return version.replace(/"?$/, `+${digest.slice(0, DIGEST)}"`);
}

/** Characters of a digest: 60 bits, for the answers of one version to differ in. */
const DIGEST = 10;

/** Whether an If-Match header names a version, also by the tag of an answer that showed more. */
export function versionMatches(header: string, version: string): boolean {
  if (header.trim() === '*') return true;
  const wanted = opaque(version);
  return tagsOf(header).some(
    (tag) =>
      tag === wanted || (tag.startsWith(`${wanted}+`) && tag.length === wanted.length + 1 + DIGEST),
  );
}

function tagsOf(header: string): readonly string[] {
  return [...header.matchAll(TAG)].map(([, quoted, bare]) => quoted ?? opaque(bare ?? ''));
}

/** What a tag says, without weakness and quotes. */
function opaque(tag: string): string {
  return tag.replace(/^W\//i, '').replace(/^"(.*)"$/, '$1');
}
