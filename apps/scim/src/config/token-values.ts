import { isArray, isObject, type JsonObject } from '#scim';
import { digestOf } from './keys.js';

/** Readers of what is said about issuers of tokens and clients that fetch them. */

/** What a token's scopes and roles stand for here; `*` is said of every token. */
export type ScopeTable = Readonly<Record<string, readonly string[]>>;

/** A client of the token endpoint. */
export interface OAuthClient {
  readonly id: string;
  /** SHA-256 of its secrets in hex; several while one replaces another. */
  readonly secrets: readonly string[];
  /** Whose signed assertions stand for it (RFC 7523). */
  readonly assertion: ClientAssertion | undefined;
  readonly scopes: readonly string[];
  readonly tenant: string;
}

export interface ClientAssertion {
  readonly issuer: string;
  readonly subject: string;
  /** Any of these exactly. */
  readonly audiences: readonly string[];
  /** Where the issuer's keys are, if its metadata does not say so. */
  readonly jwksUri: string | undefined;
}

const SCOPE = /^[a-z][a-z0-9-]*$/;

/** An address of an issuer: https, or http on this machine. Exact, a slash at its end included. */
export function isIssuer(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, search, hash } = new URL(value);
  const local = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return (protocol === 'https:' || (protocol === 'http:' && local)) && search === '' && hash === '';
}

export function readIssuers(text: string): readonly string[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return parts.length > 0 && parts.every(isIssuer) ? parts : undefined;
}

/** `{"scim.read": ["read"], "Provisioning.All": ["read", "write"], "*": []}` */
export function readScopeTable(value: unknown): ScopeTable | undefined {
  if (!isObject(value)) return undefined;
  return Object.values(value).every(isScopes) ? (value as ScopeTable) : undefined;
}

/** Signatures with a private key only: a shared secret would let whoever checks tokens make them. */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

export function readAlgorithms(text: string): readonly string[] | undefined {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  return names.length > 0 && names.every((name) => ALGORITHMS.includes(name)) ? names : undefined;
}

/** `{"okta": {"secret": "…", "scopes": ["read", "write"]}, "entra": {"assertion": {…}, "tenant": "acme"}}` */
export function readClients(value: unknown): readonly OAuthClient[] | undefined {
  if (!isObject(value)) return undefined;
  const clients = Object.entries(value).map(([id, stated]) => readClient(id, stated));
  const known = clients.filter((client) => client !== undefined);
  return known.length === clients.length ? known : undefined;
}

const MEMBERS: readonly string[] = ['secret', 'secrets', 'sha256', 'assertion', 'scopes', 'tenant'];

function readClient(id: string, stated: unknown): OAuthClient | undefined {
  if (!/^[\x21-\x7e]{1,200}$/.test(id) || !isObject(stated)) return undefined;
  if (Object.keys(stated).some((name) => !MEMBERS.includes(name))) return undefined;
  const { secret, secrets = [], sha256 = [], scopes = [], tenant = 'default' } = stated;
  const clear = [
    ...(secret === undefined ? [] : [secret]),
    ...(isArray(secrets) ? secrets : [null]),
  ];
  const hashes = isArray(sha256) ? sha256 : [sha256];
  const assertion = stated.assertion === undefined ? undefined : readAssertion(stated.assertion);
  if (stated.assertion !== undefined && assertion === undefined) return undefined;
  if (!clear.every(isText) || !hashes.every(isHash) || !isScopes(scopes)) return undefined;
  if (typeof tenant !== 'string') return undefined;
  if (clear.length + hashes.length === 0 && assertion === undefined) return undefined;
  const digests = [...clear.filter(isText).map(digestOf), ...hashes.filter(isHash)];
  return { id, secrets: digests, assertion, scopes: scopes.filter(isText), tenant };
}

function readAssertion(value: unknown): ClientAssertion | undefined {
  if (!isObject(value)) return undefined;
  const { issuer, subject, audiences, jwksUri } = value as JsonObject;
  if (!isIssuer(issuer) || !isText(subject)) return undefined;
  if (!isArray(audiences) || audiences.length === 0 || !audiences.every(isText)) return undefined;
  if (jwksUri !== undefined && !isIssuer(jwksUri)) return undefined;
  return { issuer, subject, audiences: audiences.filter(isText), jwksUri };
}

function isScopes(value: unknown): value is readonly string[] {
  return isArray(value) && value.every((scope) => typeof scope === 'string' && SCOPE.test(scope));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);
}
