import type { HeaderObject, ReferenceObject } from '@nestjs/swagger';

/** Headers of answers, and what they say. */
const HEADERS = {
  ETag: 'Version of the resource, the same as `meta.version`.',
  Location: 'Address of the resource, absolute; of this page, for a browser that is led to it.',
  'Retry-After': 'Seconds to wait before the next try.',
  'WWW-Authenticate': 'How to present a key, and why this one did not do (RFC 6750).',
} as const;
export type HeaderName = keyof typeof HEADERS;

type Named<T> = Readonly<Record<string, T>>;

/** The headers as components. */
export function headerComponents(): Record<string, HeaderObject> {
  return Object.fromEntries(
    Object.entries(HEADERS).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

/** References to them. */
export function headersOf(names: readonly HeaderName[]): Named<ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
