import type { Report } from './files.js';
import type { OAuthClient, ScopeTable } from './token-values.js';
import type { TenantKeys } from './values.js';
import type { TokenVariables } from './variables/tokens.js';

/** Whose tokens are taken, and what they open. */
export interface OidcConfiguration {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly scopes: ScopeTable;
  /** Seconds. */
  readonly clockSkew: number;
  readonly tenant: string;
  /** Attribute of users that holds the `sub` of their tokens; undefined: tokens speak for nobody. */
  readonly subject: 'externalId' | 'userName' | undefined;
}

/** The service's own token endpoint. */
export interface OAuthConfiguration {
  readonly clients: readonly OAuthClient[];
  /** Address that tokens are issued by and for. */
  readonly issuer: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** Undefined where no issuer is trusted. */
export function oidcOf(
  variables: TokenVariables,
  tenants: readonly TenantKeys[],
  report: Report,
): OidcConfiguration | undefined {
  const { OIDC_ISSUER: issuers, OIDC_AUDIENCE: audiences, OIDC_TENANT: tenant } = variables;
  if (issuers.length === 0) return undefined;
  if (audiences.length === 0) report('OIDC_AUDIENCE', 'is needed with OIDC_ISSUER');
  if (!hasTenant(tenants, tenant)) report('OIDC_TENANT', 'names a tenant that is not configured');
  return Object.freeze({
    issuers,
    audiences,
    algorithms: variables.OIDC_ALGORITHMS,
    scopes: variables.OIDC_SCOPES,
    clockSkew: variables.OIDC_CLOCK_SKEW,
    tenant,
    subject: variables.OIDC_SUBJECT,
  });
}

/** Undefined where nobody may fetch tokens here. */
export function oauthOf(
  { OAUTH_CLIENTS: clients, OAUTH_TOKEN_LIFETIME: lifetime }: TokenVariables,
  issuer: string | undefined,
  tenants: readonly TenantKeys[],
  report: Report,
): OAuthConfiguration | undefined {
  if (clients.length === 0) return undefined;
  if (issuer === undefined) {
    report('PUBLIC_URL', 'is needed with OAUTH_CLIENTS: it is the issuer of their tokens');
  }
  if (clients.some(({ tenant }) => !hasTenant(tenants, tenant))) {
    report('OAUTH_CLIENTS', 'names a tenant that is not configured');
  }
  return Object.freeze({ clients, issuer: issuer ?? '', lifetime });
}

function hasTenant(tenants: readonly TenantKeys[], name: string): boolean {
  return tenants.some((tenant) => tenant.name === name);
}
