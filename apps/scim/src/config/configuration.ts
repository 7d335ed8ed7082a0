import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { getConfigToken } from '@nestjs/config';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Environment } from './environment.js';
import { type Report, readTls, type Tls, withSecretFiles } from './files.js';
import { type LdapConfiguration, ldapOf } from './ldap.js';
import { DEFAULT_KEY, tenantsOf } from './tenants.js';
import type { Mapping, TenantKeys, TrustProxy } from './values.js';

/** Injection token of the `Configuration`. */
export const CONFIGURATION = getConfigToken('scim');

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** What the service was told to be, validated, typed and frozen; see `environment.ts` for meanings. */
export interface Configuration {
  readonly logLevel: LogLevel;
  readonly port: number;
  readonly host: string;
  /** Empty for the root, else like `/scim`: no slash at the end. */
  readonly basePath: string;
  /** Base of absolute locations, without a slash at the end; undefined: the request's own. */
  readonly publicUrl: string | undefined;
  readonly trustProxy: TrustProxy;
  readonly tls: Tls | undefined;
  /** At least one; names and keys are unique. */
  readonly tenants: readonly TenantKeys[];
  /** True while the key that everybody knows opens the service. */
  readonly usesDefaultKey: boolean;
  readonly discoveryPublic: boolean;
  readonly sensitiveAttributes: readonly string[];
  readonly strict: boolean;
  readonly metaLocation: 'auto' | 'relative' | 'absolute';
  readonly externalIdUnique: boolean;
  readonly unknownMembers: 'reject' | 'skip' | 'accept';
  readonly pageSize: number;
  readonly defaultPagination: 'index' | 'cursor';
  /** Seconds. */
  readonly cursorTimeout: number;
  readonly cursorSecret: string;
  /** Operations; 0: no bulk. */
  readonly bulkMaxOperations: number;
  /** Bytes. */
  readonly bulkMaxPayloadSize: number;
  /** Bytes. */
  readonly maxBodySize: number;
  readonly schemaPath: string | undefined;
  /** By name of the resource type. */
  readonly mappings: Readonly<Record<string, Mapping>>;
  /** By name of the resource type. */
  readonly collections: Readonly<Record<string, string>>;
  readonly dataPath: string;
  /** Undefined where resources are not kept in a directory. */
  readonly ldap: LdapConfiguration | undefined;
  /** Undefined: no SQL database. */
  readonly database: DatabaseConfiguration | undefined;
  /** Undefined: changes are not announced. */
  readonly events: EventsConfiguration | undefined;
  readonly metricsPublic: boolean;
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

export interface DatabaseConfiguration {
  readonly url: string;
  readonly poolSize: number;
  /** Seconds. */
  readonly timeout: number;
}

/** The environment is wrong; the message names every variable and what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}

/**
 * Reads the environment; the only reader of `process.env`.
 * @throws ConfigurationError with everything that is wrong
 */
export function readConfiguration(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Configuration {
  const problems: string[] = [];
  const report: Report = (variable, problem) => problems.push(`${variable} ${problem}`);
  const variables = withSecretFiles(setVariables(env), report);
  const environment = plainToInstance(Environment, variables, { exposeDefaultValues: true });
  for (const { property, constraints } of validateSync(environment)) {
    for (const problem of Object.values(constraints ?? {})) report(property, problem);
  }
  const tls = readTls(environment.TLS_CERT, environment.TLS_KEY, report);
  const tenants = tenantsOf(environment, report);
  const ldap = ldapOf(environment, report);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze({
    logLevel: pinoLevel(environment.LOGLEVEL),
    port: environment.PORT,
    host: environment.HOST,
    basePath: environment.BASE_PATH,
    publicUrl: environment.PUBLIC_URL,
    trustProxy: environment.TRUST_PROXY,
    tls,
    tenants,
    usesDefaultKey: tenants.some(({ keys, readKeys }) =>
      [...keys, ...readKeys].includes(DEFAULT_KEY),
    ),
    discoveryPublic: environment.DISCOVERY_PUBLIC,
    sensitiveAttributes: environment.SENSITIVE_ATTRIBUTES,
    strict: environment.STRICT,
    metaLocation: environment.META_LOCATION,
    externalIdUnique: environment.EXTERNAL_ID_UNIQUE,
    unknownMembers: environment.UNKNOWN_MEMBERS,
    pageSize: environment.PAGE_SIZE,
    defaultPagination: environment.DEFAULT_PAGINATION,
    cursorTimeout: environment.CURSOR_TIMEOUT,
    cursorSecret: environment.CURSOR_SECRET ?? derivedSecret(tenants),
    bulkMaxOperations: environment.BULK_MAX_OPERATIONS,
    bulkMaxPayloadSize: environment.BULK_MAX_PAYLOAD_SIZE,
    maxBodySize: environment.MAX_BODY_SIZE,
    schemaPath: environment.SCHEMA_PATH,
    mappings: { User: environment.USER_MAPPING, Group: environment.GROUP_MAPPING },
    collections: { User: environment.USER_MODEL_NAME, Group: environment.GROUP_MODEL_NAME },
    dataPath: environment.DATA_PATH,
    ldap,
    database: databaseOf(environment),
    events: eventsOf(environment),
    metricsPublic: environment.METRICS_PUBLIC,
  });
}

function eventsOf(environment: Environment): EventsConfiguration | undefined {
  if (environment.AMQP === undefined) return undefined;
  return Object.freeze({
    brokers: environment.AMQP,
    queue: environment.QUEUE,
    exchange: environment.AMQP_EXCHANGE,
    assert: environment.AMQP_ASSERT,
    journalPath: environment.AMQP_JOURNAL_PATH ?? join(environment.DATA_PATH, '.scim', 'events'),
    journalMaxSize: environment.AMQP_JOURNAL_MAX_SIZE,
  });
}

function databaseOf({
  DATABASE_URL: url,
  DATABASE_POOL_SIZE: poolSize,
  DATABASE_TIMEOUT: timeout,
}: Environment): DatabaseConfiguration | undefined {
  return url === undefined ? undefined : { url, poolSize, timeout };
}

/**
 * Deployment tools pass unset variables as empty ones, so an empty one counts as not set. But an
 * empty API_KEY is a mistake that would open the service to the default key: it is refused.
 */
function setVariables(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]): [string, string][] =>
      value === undefined || (value.trim() === '' && name !== 'API_KEY') ? [] : [[name, value]],
    ),
  );
}

function pinoLevel(level: string): LogLevel {
  if (level === 'warning') return 'warn';
  if (level === 'critical') return 'fatal';
  return level as LogLevel;
}

/** Instances with the same keys understand each other's cursors; new keys end all cursors. */
function derivedSecret(tenants: readonly TenantKeys[]): string {
  return createHash('sha256')
    .update(`cursors ${JSON.stringify(tenants)}`)
    .digest('base64url');
}
