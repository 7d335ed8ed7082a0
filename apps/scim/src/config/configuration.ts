import { join } from 'node:path';
import { getConfigToken } from '@nestjs/config';
import { type Report, readTls, type Tls, withSecretFiles } from './files.js';
import { type OAuthConfiguration, type OidcConfiguration, oauthOf, oidcOf } from './oidc.js';
import type { RateLimit } from './rate-limit.js';
import { FileVariables } from './stores/file.js';
import type { ConfiguredStore } from './stores/store.js';
import { STORES } from './stores/stores.js';
import { DEFAULT_KEY_REFUSAL, hasDefaultKey, tenantsOf } from './tenants.js';
import type { Mapping, TenantKeys, TrustProxy } from './values.js';
import { AccessVariables } from './variables/access.js';
import { EventVariables } from './variables/events.js';
import { SECRET_NAMES } from './variables/groups.js';
import { LimitVariables } from './variables/limits.js';
import { ProtocolVariables } from './variables/protocol.js';
import { readVariables } from './variables/read.js';
import { ServerVariables } from './variables/server.js';
import { TokenVariables } from './variables/tokens.js';

/** Injection token of the `Configuration`. */
export const CONFIGURATION = getConfigToken('scim');

/** Where to listen when HOST does not say: nobody from outside tries a key that everybody knows. */
const EVERYWHERE = '0.0.0.0';
const LOOPBACK = '127.0.0.1';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** What the service was told to be, validated, typed and frozen; see `variables/` for meanings. */
export interface Configuration {
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  readonly port: number;
  readonly host: string;
  /** Empty for the root, else like `/scim`: no slash at the end. */
  readonly basePath: string;
  /** Base of absolute locations, without a slash at the end; undefined: the request's own. */
  readonly publicUrl: string | undefined;
  readonly trustProxy: TrustProxy;
  readonly tls: Tls | undefined;
  /** The certificate and key as their files say now. @throws ConfigurationError */
  readonly readTlsAgain: () => Tls | undefined;
  /** At least one; names and keys are unique. */
  readonly tenants: readonly TenantKeys[];
  /** Files that keys come from. */
  readonly keyFiles: readonly string[];
  /** The keys as their files say now, for the same tenants. @throws ConfigurationError */
  readonly readKeysAgain: () => readonly TenantKeys[];
  /** Undefined: tokens of no issuer are taken. */
  readonly oidc: OidcConfiguration | undefined;
  /** Undefined: the service makes no tokens itself. */
  readonly oauth: OAuthConfiguration | undefined;
  /** Signatures of tokens and assertions that are taken. */
  readonly tokenAlgorithms: readonly string[];
  /** Seconds that clocks of issuers may differ by. */
  readonly clockSkew: number;
  /** Attributes that users may change of themselves. */
  readonly meWritable: readonly string[];
  /** Undefined: no limit. */
  readonly rateLimit: RateLimit | undefined;
  readonly redisUrl: string | undefined;
  /** True while the key that everybody knows opens the service. */
  readonly usesDefaultKey: boolean;
  readonly discoveryPublic: boolean;
  readonly sensitiveAttributes: readonly string[];
  readonly strict: boolean;
  readonly metaLocation: 'auto' | 'relative' | 'absolute';
  readonly externalIdUnique: boolean;
  readonly unknownMembers: 'reject' | 'skip' | 'accept';
  readonly passwords: 'hash' | 'drop' | 'pass';
  readonly pageSize: number;
  readonly defaultPagination: 'index' | 'cursor';
  /** Seconds. */
  readonly cursorTimeout: number;
  /** Undefined: one that the store keeps. */
  readonly cursorSecret: string | undefined;
  /** Opens what it sealed, but seals nothing. */
  readonly cursorSecretOther: string | undefined;
  /** Operations; 0: no bulk. */
  readonly bulkMaxOperations: number;
  /** Bytes. */
  readonly bulkMaxPayloadSize: number;
  /** Bytes. */
  readonly maxBodySize: number;
  readonly maxValueSize: number;
  readonly jsonMaxNodes: number;
  readonly patchMaxOperations: number;
  readonly filterMaxTerms: number;
  /** Seconds. */
  readonly queryTimeout: number;
  readonly pageBytes: number;
  readonly bodyBudget: number;
  readonly maxConcurrency: number;
  /** What slow clients may take up; times in seconds. */
  readonly connections: {
    readonly most: number;
    readonly headersTimeout: number;
    readonly requestTimeout: number;
    readonly keepAliveTimeout: number;
  };
  readonly schemaPath: string | undefined;
  /** By name of the resource type. */
  readonly mappings: Readonly<Record<string, Mapping>>;
  /** By name of the resource type. */
  readonly collections: Readonly<Record<string, string>>;
  /** Folder of what the service keeps for itself. */
  readonly statePath: string;
  /** Where resources are kept. */
  readonly store: ConfiguredStore;
  /** Stores that the environment asks for as well; they are not used. */
  readonly unusedStores: readonly ConfiguredStore[];
  /** Undefined: changes are not announced. */
  readonly events: EventsConfiguration | undefined;
  readonly metricsPublic: boolean;
  /** File that the audit is appended to, besides the log. */
  readonly auditPath: string | undefined;
  /** Seconds that the start waits for a store that does not answer. */
  readonly startTimeout: number;
}

export interface EventsConfiguration {
  readonly brokers: readonly string[];
  readonly queue: string;
  readonly exchange: string | undefined;
  readonly assert: boolean;
  /** Folder of the journal, for stores without an outbox of their own. */
  readonly journalPath: string;
  /** Bytes. */
  readonly journalMaxSize: number;
}

/** The environment is wrong; the message names every variable and what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}

/** The environment, as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment; the only reader of `process.env`.
 * @throws ConfigurationError with everything that is wrong
 */
export function readConfiguration(env: Environment = process.env): Configuration {
  const { configuration, problems } = examineConfiguration(env);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/**
 * The same, whatever is wrong: then the default of that variable stands, so that what else is wrong
 * can be looked for.
 */
export function examineConfiguration(env: Environment = process.env): {
  readonly configuration: Configuration;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const set = setVariables(env);
  // A value that came from a file is mended there.
  const report: Report = (variable, problem) => {
    const isOfFile = set[variable] === undefined && set[`${variable}_FILE`] !== undefined;
    problems.push(`${variable}${isOfFile ? '_FILE' : ''} ${problem}`);
  };
  const variables = withSecretFiles(set, SECRET_NAMES, report);
  const access = readVariables(AccessVariables, variables, report);
  const server = readVariables(ServerVariables, variables, report);
  const protocol = readVariables(ProtocolVariables, variables, report);
  const limits = readVariables(LimitVariables, variables, report);
  const events = readVariables(EventVariables, variables, report);
  const { DATA_PATH } = readVariables(FileVariables, variables, () => undefined);
  const tls = readTls(server.TLS_CERT, server.TLS_KEY, report);
  const tokens = readVariables(TokenVariables, variables, report);
  const tenants = tenantsOf(access, tokenTenants(tokens), report);
  const oidc = oidcOf(tokens, tenants, report);
  const oauth = oauthOf(tokens, server.PUBLIC_URL, tenants, report);
  const usesDefaultKey = hasDefaultKey(tenants);
  if (usesDefaultKey && server.NODE_ENV === 'production') report('API_KEY', DEFAULT_KEY_REFUSAL);
  const stores = STORES.flatMap((kind) => kind.read(variables, report) ?? []);
  const [store] = stores;
  if (store === undefined) throw new ConfigurationError(problems); // flat files need no variable
  if (protocol.PASSWORDS === 'pass' && !store.takesPasswords) {
    report('PASSWORDS', `is pass, and nobody signs in to ${store.name}: choose hash or drop`);
  }
  const configuration = Object.freeze({
    logLevel: pinoLevel(server.LOGLEVEL),
    logFormat: server.LOG_FORMAT,
    port: server.PORT,
    host: server.HOST ?? (usesDefaultKey ? LOOPBACK : EVERYWHERE),
    basePath: server.BASE_PATH,
    publicUrl: server.PUBLIC_URL,
    trustProxy: server.TRUST_PROXY,
    tls,
    readTlsAgain: () => readConfiguration(env).tls,
    tenants,
    keyFiles: KEY_VARIABLES.flatMap((name) => variables[`${name}_FILE`] ?? []),
    readKeysAgain: () => readConfiguration(env).tenants,
    oidc,
    oauth,
    tokenAlgorithms: tokens.OIDC_ALGORITHMS,
    clockSkew: tokens.OIDC_CLOCK_SKEW,
    meWritable: tokens.ME_WRITABLE,
    rateLimit: access.RATE_LIMIT,
    redisUrl: access.REDIS_URL,
    usesDefaultKey,
    discoveryPublic: access.DISCOVERY_PUBLIC,
    sensitiveAttributes: protocol.SENSITIVE_ATTRIBUTES,
    strict: protocol.STRICT,
    metaLocation: protocol.META_LOCATION,
    externalIdUnique: protocol.EXTERNAL_ID_UNIQUE,
    unknownMembers: protocol.UNKNOWN_MEMBERS,
    passwords: protocol.PASSWORDS,
    pageSize: limits.PAGE_SIZE,
    defaultPagination: protocol.DEFAULT_PAGINATION,
    cursorTimeout: limits.CURSOR_TIMEOUT,
    cursorSecret: access.CURSOR_SECRET,
    cursorSecretOther: access.CURSOR_SECRET_OTHER,
    bulkMaxOperations: limits.BULK_MAX_OPERATIONS,
    bulkMaxPayloadSize: limits.BULK_MAX_PAYLOAD_SIZE,
    maxBodySize: limits.MAX_BODY_SIZE,
    maxValueSize: limits.MAX_VALUE_SIZE,
    jsonMaxNodes: limits.JSON_MAX_NODES,
    patchMaxOperations: limits.PATCH_MAX_OPERATIONS,
    filterMaxTerms: limits.FILTER_MAX_TERMS,
    queryTimeout: limits.QUERY_TIMEOUT,
    pageBytes: limits.PAGE_BYTES,
    bodyBudget: limits.BODY_BUDGET,
    maxConcurrency: limits.MAX_CONCURRENCY,
    connections: {
      most: limits.MAX_CONNECTIONS,
      headersTimeout: limits.HEADERS_TIMEOUT,
      requestTimeout: limits.REQUEST_TIMEOUT,
      keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT,
    },
    schemaPath: protocol.SCHEMA_PATH,
    mappings: { User: protocol.USER_MAPPING, Group: protocol.GROUP_MAPPING },
    collections: { User: protocol.USER_MODEL_NAME, Group: protocol.GROUP_MODEL_NAME },
    statePath: join(DATA_PATH, '.scim'),
    store,
    unusedStores: stores.slice(1).filter(({ chosenBy }) => chosenBy !== undefined),
    events: eventsOf(events, DATA_PATH),
    metricsPublic: server.METRICS_PUBLIC,
    auditPath: server.AUDIT_PATH,
    startTimeout: server.START_TIMEOUT,
  });
  return { configuration, problems };
}

function eventsOf(variables: EventVariables, dataPath: string): EventsConfiguration | undefined {
  if (variables.AMQP === undefined) return undefined;
  return Object.freeze({
    brokers: variables.AMQP,
    queue: variables.QUEUE,
    exchange: variables.AMQP_EXCHANGE,
    assert: variables.AMQP_ASSERT,
    journalPath: variables.AMQP_JOURNAL_PATH ?? join(dataPath, '.scim', 'events'),
    journalMaxSize: variables.AMQP_JOURNAL_MAX_SIZE,
  });
}

/**
 * Deployment tools pass unset variables as empty ones, so an empty one counts as not set. But an
 * empty API_KEY is a mistake that would open the service to the default key: it is refused. The
 * code of the reference spells FORWARD_SCIM_… the other way round than its documentation.
 */
function setVariables(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const set = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined || (value.trim() === '' && name !== 'API_KEY') ? [] : [[name, value]],
  );
  const otherwise = set.flatMap(([name, value]): [string, string][] =>
    name.startsWith('SCIM_FORWARD_')
      ? [[name.replace('SCIM_FORWARD_', 'FORWARD_SCIM_'), value]]
      : [],
  );
  return Object.fromEntries([...otherwise, ...set]);
}

function pinoLevel(level: string): LogLevel {
  if (level === 'warning') return 'warn';
  if (level === 'critical') return 'fatal';
  return level as LogLevel;
}

/** Variables that hold keys. */
const KEY_VARIABLES = ['API_KEY', 'API_KEY_HASHES', 'API_KEY_READ', 'TENANTS'] as const;

/** Tenants that can be entered with a token. */
function tokenTenants({ OIDC_ISSUER, OIDC_TENANT, OAUTH_CLIENTS }: TokenVariables): string[] {
  const issued = OAUTH_CLIENTS.map(({ tenant }) => tenant);
  return OIDC_ISSUER.length === 0 ? issued : [...issued, OIDC_TENANT];
}
