import type { ScimHttpRequest } from '../access/client.js';
import type { Configuration } from '../config/configuration.js';

/** Bases that locations are put together with; neither ends with a slash. */
export interface Locations {
  /** Of `meta.location` and `$ref`: absolute, or empty for the relative form. */
  readonly base: string;
  /** Of the `Location` header, always absolute. */
  readonly absoluteBase: string;
}

/**
 * SRAM joins its base URL and `meta.location`, so a request with its `X-Service` header is answered
 * with relative locations unless META_LOCATION says otherwise.
 */
export function locationsOf(request: ScimHttpRequest, configuration: Configuration): Locations {
  const { publicUrl, metaLocation, basePath } = configuration;
  const absoluteBase = publicUrl ?? `${addressOf(request)}${basePath}`;
  const relative =
    metaLocation === 'relative' ||
    (metaLocation === 'auto' && request.headers['x-service'] !== undefined);
  return { base: relative ? '' : absoluteBase, absoluteBase };
}

function addressOf({ origin }: ScimHttpRequest): string {
  if (origin === undefined) throw new Error('a request has no origin');
  return origin.address + origin.prefix;
}
