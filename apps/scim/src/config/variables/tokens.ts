import {
  ALGORITHMS,
  type OAuthClient,
  readAlgorithms,
  readClients,
  readIssuers,
  readScopeTable,
  type ScopeTable,
} from '../token-values.js';
import { Choice, fromJson, Names, Parsed, Secret, Text, WholeNumber } from './kinds.js';

/** Tokens instead of keys: whose are taken, and for whom the service makes some itself. */
export class TokenVariables {
  /** Issuers whose tokens (OAuth 2.0, OpenID Connect) are taken, exactly as in their `iss`. */
  @Parsed('https addresses, separated by blanks or commas', readIssuers)
  OIDC_ISSUER: readonly string[] = [];

  /** Audiences, one of which a token must be made for; needed with OIDC_ISSUER. */
  @Names()
  OIDC_AUDIENCE: readonly string[] = [];

  /** Signatures that are taken. */
  @Parsed(`some of ${ALGORITHMS.join(', ')}`, readAlgorithms)
  OIDC_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

  /** What scopes and roles of tokens (`scope`, `scp`, `roles`) stand for; `*` is said of every token. */
  @Parsed(
    'a JSON object like {"scim.read": ["read"], "scim.write": ["write", "users"]}',
    fromJson(readScopeTable),
  )
  OIDC_SCOPES: ScopeTable = {
    'scim.read': ['read'],
    'scim.write': ['write'],
    'scim.events': ['events'],
  };

  /** Seconds that clocks may differ by. */
  @WholeNumber(0, 600)
  OIDC_CLOCK_SKEW = 60;

  /** Tenant that such tokens open. */
  @Text()
  OIDC_TENANT = 'default';

  /** Attribute of users that holds the `sub` of their tokens, which makes /Me work. */
  @Choice(['externalId', 'userName'])
  OIDC_SUBJECT?: 'externalId' | 'userName';

  /** Attributes of their own that users may change at /Me. */
  @Names()
  ME_WRITABLE: readonly string[] = [
    'displayName',
    'nickName',
    'preferredLanguage',
    'locale',
    'timezone',
  ];

  /** Clients that may fetch tokens at POST /oauth2/token; without it there is no such endpoint. */
  @Secret()
  @Parsed(
    'a JSON object like {"okta": {"secret": "…", "scopes": ["read", "write"]}, "entra": {"assertion": {"issuer": "…", "subject": "…", "audiences": ["…"]}}}',
    fromJson(readClients),
  )
  OAUTH_CLIENTS: readonly OAuthClient[] = [];

  /** Seconds that the service's own tokens are valid. */
  @WholeNumber(60, 86_400)
  OAUTH_TOKEN_LIFETIME = 1800;
}
