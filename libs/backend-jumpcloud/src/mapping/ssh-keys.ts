import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '#scim';
import { objects } from './fields.js';

const LINE = /^((?:ssh|ecdsa|sk)-[\w@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;
const BLOB = /^[A-Za-z0-9+/]{32,}={0,2}$/;

/** What tells a key: the base64 of its line; some lack the type in front. */
export function blobOf(line: string): string | undefined {
  const text = line.trim();
  return LINE.exec(text)?.[2] ?? (BLOB.test(text) ? text : undefined);
}

/** The line of an SSH key that SRAM sends, in base64, as a certificate; undefined for certificates. */
export function lineOf(certificate: JsonObject): string | undefined {
  if (typeof certificate.value !== 'string') return undefined;
  const line = Buffer.from(certificate.value, 'base64').toString('utf8').trim();
  return LINE.test(line) ? line : undefined;
}

/** Lines of the keys among certificates, by what tells a key. */
export function linesOf(certificates: Json | undefined): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const certificate of objects(certificates)) {
    const line = lineOf(certificate);
    const blob = line === undefined ? undefined : blobOf(line);
    if (line !== undefined && blob !== undefined) lines.set(blob, line);
  }
  return lines;
}

/** The name that JumpCloud shows for a key. */
export function keyName(blob: string): string {
  return `scim-${createHash('sha256').update(blob).digest('hex').slice(0, 12)}`;
}

/**
 * The certificates of a user: those that were sent, without keys that others have taken away, and
 * with those that others have added.
 * @param native lines of the user's keys; undefined where JumpCloud does not show them
 */
export function certificatesOf(
  sent: Json | undefined,
  native: readonly string[] | undefined,
): Json | undefined {
  if (native === undefined) return sent;
  const present = new Map(native.flatMap((line) => entry(line)));
  const seen = new Set<string>();
  const kept = objects(sent).filter((certificate) => {
    const line = lineOf(certificate);
    const blob = line === undefined ? undefined : blobOf(line);
    if (blob === undefined) return true;
    seen.add(blob);
    return present.has(blob);
  });
  const added = [...present]
    .filter(([blob]) => !seen.has(blob))
    .map(([, line]) => ({ value: Buffer.from(line).toString('base64') }));
  const all = [...kept, ...added];
  return all.length === 0 ? undefined : all;
}

function entry(line: string): readonly (readonly [string, string])[] {
  const blob = blobOf(line);
  return blob === undefined ? [] : [[blob, line.trim()]];
}
