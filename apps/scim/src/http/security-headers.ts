import helmet from 'helmet';
import type { Configuration } from '../config/configuration.js';

/** HSTS is only said where the service knows that it is reached by HTTPS. */
function hsts({ tls, publicUrl }: Configuration): boolean {
  return tls !== undefined || publicUrl?.startsWith('https:') === true;
}

/** For answers that no browser renders: nothing may be loaded, framed or guessed from them. */
export function apiHeaders(configuration: Configuration) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: hsts(configuration),
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}

/** For the OpenAPI interface: its own scripts and styles, and requests to this service. */
export function pageHeaders(configuration: Configuration) {
  return helmet({
    // Without HTTPS the page could not load its own scripts if requests were upgraded.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    strictTransportSecurity: hsts(configuration),
  });
}
