import {
  readBasePath,
  readHost,
  readPublicUrl,
  readTrustProxy,
  type TrustProxy,
} from '../values.js';
import { Choice, Flag, Parsed, Text, WholeNumber } from './kinds.js';

/** Where and how the service listens, and what it tells its operator. */
export class ServerVariables {
  /** Least severe messages that are logged: trace, debug, info, warn, error, fatal; WARNING as well. */
  @Choice(['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'fatal', 'silent'])
  LOGLEVEL = 'info';

  /** Form of the log: a JSON object a line, or lines for people. */
  @Choice(['json', 'pretty'])
  LOG_FORMAT: 'json' | 'pretty' = 'json';

  /** Port to listen on; 0 takes any that is free. */
  @WholeNumber(0, 65535)
  PORT = 8000;

  /** Address to listen on; else all of the machine's, or with the default key the loopback one. */
  @Parsed('an IP address or a host name', readHost)
  HOST?: string;

  /** With `production` the default key is refused. */
  @Text()
  NODE_ENV?: string;

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

  /** Whether /metrics needs no key. */
  @Flag()
  METRICS_PUBLIC = false;

  /** Seconds that the start waits for a store that does not answer, trying again and again. */
  @WholeNumber(0, 3600)
  START_TIMEOUT = 60;

  /** File that the audit (who changed what) is appended to, besides the log. */
  @Text()
  AUDIT_PATH?: string;
}
