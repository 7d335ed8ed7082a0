import type { Request } from 'express';
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
export function locationsOf(request: Request, configuration: Configuration): Locations {
  const { publicUrl, metaLocation, basePath } = configuration;
  // Express looks at X-Forwarded-* only where TRUST_PROXY lets it.
  const absoluteBase = publicUrl ?? `${request.protocol}://${request.host}${basePath}`;
  const relative =
    metaLocation === 'relative' ||
    (metaLocation === 'auto' && request.headers['x-service'] !== undefined);
  return { base: relative ? '' : absoluteBase, absoluteBase };
}
