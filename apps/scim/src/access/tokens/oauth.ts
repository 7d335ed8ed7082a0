import type { Configuration } from '../../config/configuration.js';
import { OwnTokens } from './own-tokens.js';
import { SigningKeys } from './signing-keys.js';
import { TokenClients } from './token-clients.js';

/** Injection token of the `OAuth`; undefined where the service makes no tokens. */
export const OAUTH = Symbol('OAUTH');

/** The service's own token endpoint: who may fetch tokens, and what makes and checks them. */
export interface OAuth {
  readonly clients: TokenClients;
  readonly tokens: OwnTokens;
}

/** @param secrets that all instances share; asked for when the first token is made or checked */
export function oauthOfConfiguration(
  { oauth, tokenAlgorithms: algorithms, clockSkew }: Configuration,
  secrets: () => readonly [string, ...string[]],
): OAuth | undefined {
  if (oauth === undefined) return undefined;
  const clients = new TokenClients({ clients: oauth.clients, algorithms, clockSkew });
  const { issuer, lifetime } = oauth;
  const isClient = (id: string) => clients.has(id);
  return { clients, tokens: new OwnTokens(issuer, new SigningKeys(secrets), lifetime, isClient) };
}
