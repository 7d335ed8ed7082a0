import {
  type AttributeTable,
  type LdapServer,
  readAttributeTable,
  readLdapServers,
} from './ldap-values.js';
import {
  type Mapping,
  readBasePath,
  readBrokerName,
  readBrokers,
  readKeys,
  readMapping,
  readPublicUrl,
  readTenants,
  readTrustProxy,
  type TenantKeys,
  type TrustProxy,
} from './values.js';
import {
  Choice,
  Flag,
  fromJson,
  Names,
  Parsed,
  Text,
  Unsupported,
  WholeNumber,
} from './variables.js';

const JSON_MAPPING =
  'a JSON object of attribute names and paths, like {"userName": "sram_user_extension.eduPersonUniqueId"}';
const KEYS = 'one or more keys of visible ASCII characters, separated by commas';
const LDAP_TABLE = 'a JSON object of attribute paths and LDAP attributes, like {"title": "title"}';
const BROKER_NAME = 'a name of 1 to 180 bytes that does not start with "amq."';
const NO_BACKEND = 'selects a backend that this version does not support';

/**
 * Every environment variable that the service knows, with its default. Nothing else is read.
 * Variables marked as secrets may also come from a file: `<NAME>_FILE` names it.
 */
export class Environment {
  /** Least severe messages that are logged: trace, debug, info, warn, error, fatal; WARNING as well. */
  @Choice(['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'fatal', 'silent'])
  LOGLEVEL = 'info';

  /** Port to listen on; 0 takes any that is free. */
  @WholeNumber(0, 65535)
  PORT = 8000;

  /** Address to listen on. */
  @Text()
  HOST = '0.0.0.0';

  /** Prefix of all endpoints. */
  @Parsed('a path like /scim', readBasePath)
  BASE_PATH = '';

  /** Address that clients reach the endpoints at, base of absolute locations; else the request's. */
  @Parsed(
    'an http or https address without query, like https://scim.example.org/scim',
    readPublicUrl,
  )
  PUBLIC_URL?: string;

  /** Whether X-Forwarded-* is believed: false, true (one proxy), how many proxies, or their addresses. */
  @Parsed(
    'true, false, a number of proxies, or their addresses separated by commas',
    readTrustProxy,
  )
  TRUST_PROXY: TrustProxy = false;

  /** PEM file with the certificate (chain) to serve HTTPS with; needs TLS_KEY. */
  @Text()
  TLS_CERT?: string;

  /** PEM file with the private key of TLS_CERT. */
  @Text()
  TLS_KEY?: string;

  /** Secret. Keys that may read and write, as `Authorization: Bearer` or `x-api-key`. */
  @Parsed(KEYS, readKeys)
  API_KEY?: readonly string[];

  /** Secret. Keys that may only read. */
  @Parsed(KEYS, readKeys)
  API_KEY_READ?: readonly string[];

  /** Secret. Further tenants with data and keys of their own. */
  @Parsed(
    'a JSON object like {"acme": {"keys": ["…"], "readKeys": ["…"]}}, with names of a-z, 0-9 and "-" other than "default"',
    fromJson(readTenants),
  )
  TENANTS: readonly TenantKeys[] = [];

  /** Whether discovery (ServiceProviderConfig, ResourceTypes, Schemas) needs no key. */
  @Flag()
  DISCOVERY_PUBLIC = true;

  /** Attributes that no filter in a URI may name; such a query is for POST /.search. */
  @Names()
  SENSITIVE_ATTRIBUTES: readonly string[] = ['password'];

  /** Turns every leniency towards clients off. */
  @Flag()
  STRICT = false;

  /** Form of `meta.location`: relative, absolute, or auto, which is relative for SRAM. */
  @Choice(['auto', 'relative', 'absolute'])
  META_LOCATION: 'auto' | 'relative' | 'absolute' = 'auto';

  /** Refuse a second resource of a type with the same `externalId`. */
  @Flag()
  EXTERNAL_ID_UNIQUE = true;

  /** What to do with members that do not exist. */
  @Choice(['reject', 'skip', 'accept'])
  UNKNOWN_MEMBERS: 'reject' | 'skip' | 'accept' = 'reject';

  /** Most resources in one response. */
  @WholeNumber(1, 10_000)
  PAGE_SIZE = 100;

  /** Paging of lists that name neither `startIndex` nor `cursor`. */
  @Choice(['index', 'cursor'])
  DEFAULT_PAGINATION: 'index' | 'cursor' = 'index';

  /** Seconds that a cursor stays valid. */
  @WholeNumber(1)
  CURSOR_TIMEOUT = 3600;

  /** Secret. Seals cursors; instances that share clients need the same. Else made from the keys. */
  @Text()
  CURSOR_SECRET?: string;

  /** Most operations in one bulk request; 0 switches bulk off. */
  @WholeNumber(0, 100_000)
  BULK_MAX_OPERATIONS = 1000;

  /** Most bytes of a bulk request. */
  @WholeNumber(1024)
  BULK_MAX_PAYLOAD_SIZE = 10 * 1024 * 1024;

  /** Most bytes of any other request; a group of 100,000 members has some 15 MB. */
  @WholeNumber(1024)
  MAX_BODY_SIZE = 16 * 1024 * 1024;

  /** Folder of schema files that replace or add to the shipped ones. */
  @Text()
  SCHEMA_PATH?: string;

  /** Attributes of users that get the value of another one on every write. */
  @Parsed(JSON_MAPPING, fromJson(readMapping))
  USER_MAPPING: Mapping = {};

  /** The same for groups. */
  @Parsed(JSON_MAPPING, fromJson(readMapping))
  GROUP_MAPPING: Mapping = {};

  /** Name of the folder, table or unit of users. */
  @Text()
  USER_MODEL_NAME = 'Users';

  /** Name of the folder, table or unit of groups. */
  @Text()
  GROUP_MODEL_NAME = 'Groups';

  /** Folder of the flat files. */
  @Text()
  DATA_PATH = '/tmp';

  /** Keep resources in an LDAP directory: its servers, the preferred one first. */
  @Parsed('hosts or ldap:// and ldaps:// addresses, separated by blanks or commas', readLdapServers)
  LDAP_HOSTNAME?: readonly LdapServer[];

  /** Encrypt connections to `ldap://` addresses before anything else is sent. */
  @Flag()
  LDAP_STARTTLS = false;

  /** PEM file of the authorities to trust instead of the system's. */
  @Text()
  LDAP_CA?: string;

  /** Entry that holds the units of users and groups. */
  @Text()
  LDAP_BASENAME = 'dc=example,dc=org';

  /** Whom to bind as. */
  @Text()
  LDAP_USERNAME = 'cn=admin,dc=example,dc=org';

  /** Secret. */
  @Text()
  LDAP_PASSWORD = '';

  /** What entries look like: as the reference writes them, or as other software expects them. */
  @Choice(['reference', 'standard'])
  LDAP_LAYOUT: 'reference' | 'standard' = 'reference';

  /** `memberOf` is complete: an overlay keeps it for these groups, since before the first of them. */
  @Flag()
  LDAP_MEMBEROF = false;

  /** LDAP attributes of users, laid over the layout's own table. */
  @Parsed(LDAP_TABLE, fromJson(readAttributeTable))
  LDAP_USER_ATTRIBUTES: AttributeTable = {};

  /** The same for groups. */
  @Parsed(LDAP_TABLE, fromJson(readAttributeTable))
  LDAP_GROUP_ATTRIBUTES: AttributeTable = {};

  @Unsupported(NO_BACKEND)
  MONGO_DB?: unknown;

  /** Secret. Keeps the resources in a SQL database: postgresql://, mysql://, mariadb://, sqlite:///. */
  @Text()
  DATABASE_URL?: string;

  /** Most connections to the database at once, for each tenant. */
  @WholeNumber(1, 1000)
  DATABASE_POOL_SIZE = 10;

  /** Seconds after which a statement of the database is given up. */
  @WholeNumber(1, 3600)
  DATABASE_TIMEOUT = 30;

  @Unsupported(NO_BACKEND)
  JUMPCLOUD_URL?: unknown;

  @Unsupported(NO_BACKEND)
  FORWARD_SCIM_URL?: unknown;

  @Unsupported(NO_BACKEND)
  SCIM_FORWARD_URL?: unknown;

  /** Secret. Brokers (amqp:// or amqps://) that changes are announced on; without it none are. */
  @Parsed('one or more amqp:// or amqps:// addresses, separated by commas', readBrokers)
  AMQP?: readonly string[];

  /** Durable queue that messages go to. */
  @Parsed(BROKER_NAME, readBrokerName)
  QUEUE = 'SCIM';

  /** Topic exchange that messages go to instead, with keys like scim.user.create. */
  @Parsed(BROKER_NAME, readBrokerName)
  AMQP_EXCHANGE?: string;

  /** Whether to declare the queue or exchange; if not, it has to be there. */
  @Flag()
  AMQP_ASSERT = true;

  /** Folder of the event journal; else .scim/events under DATA_PATH. */
  @Text()
  AMQP_JOURNAL_PATH?: string;

  /** Bytes of waiting events in the journal, from which on changes are refused (503). */
  @WholeNumber(1024 * 1024)
  AMQP_JOURNAL_MAX_SIZE = 256 * 1024 * 1024;

  /** Whether /metrics needs no key. */
  @Flag()
  METRICS_PUBLIC = false;
}
