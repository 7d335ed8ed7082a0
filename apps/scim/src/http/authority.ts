import type { IncomingMessage } from 'node:http';
import { ScimError } from '#scim';
import { readBasePath } from '../config/values.js';

/** A name or an address, and perhaps a port (RFC 3986 §3.2.2, without what no host on the web has). */
const AUTHORITY = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::(\d{1,5}))?$/;
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['http', '80'],
  ['https', '443'],
]);

/** Where a request was sent to, as far as it becomes part of addresses. */
export interface Origin {
  /** `https://scim.example.org:8443`, without a slash at the end. */
  readonly address: string;
  /** Path that a trusted proxy took off before it passed the request on; empty, or `/prefix`. */
  readonly prefix: string;
}

/**
 * Finds the scheme and authority that a client used, checked before they become part of an address.
 * @param isTrusted whether the sender is a proxy whose X-Forwarded-* headers are believed
 * @throws ScimError 400 for an authority that is none (RFC 9112 §3.2), and for forwarded headers
 *   that name no web address
 */
export function originOf(request: IncomingMessage, url: string, isTrusted: boolean): Origin {
  const own = ownAuthority(request, url);
  const scheme = 'encrypted' in request.socket && request.socket.encrypted ? 'https' : 'http';
  if (!isTrusted) return { address: `${scheme}://${own ?? socketAddress(request)}`, prefix: '' };
  const proto = forwarded(request, 'proto')?.toLowerCase() ?? scheme;
  if (!DEFAULT_PORTS.has(proto)) throw wrongHeader('X-Forwarded-Proto', 'http or https');
  const host = forwarded(request, 'host');
  if (host !== undefined && !isAuthority(host)) throw wrongHeader('X-Forwarded-Host', 'a host');
  const authority = withPort(
    host ?? own ?? socketAddress(request),
    forwardedPort(request),
    host === undefined,
    proto,
  );
  return { address: `${proto}://${authority}`, prefix: forwardedPrefix(request) };
}

/** The authority of the request target or of the Host header; undefined if HTTP/1.0 names none. */
function ownAuthority(request: IncomingMessage, url: string): string | undefined {
  let hosts = 0;
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) throw new ScimError(400, undefined, 'A request has one Host header, not several.');
  const { host } = request.headers;
  if (host !== undefined && !isAuthority(host)) throw wrongHeader('Host', 'a host');
  // RFC 9112 §3.2.2: the target of a request to a proxy counts more than its Host header.
  if (url.startsWith('/') || !URL.canParse(url)) return host;
  const target = new URL(url);
  const isWeb = target.protocol === 'http:' || target.protocol === 'https:';
  return isWeb && isAuthority(target.host) ? target.host : host;
}

function isAuthority(text: string): boolean {
  const [, , port] = AUTHORITY.exec(text) ?? [undefined, undefined, 'none'];
  return port === undefined || Number(port) <= 65_535;
}

/** The address that the request came in at: all that is known where the client names none. */
function socketAddress({ socket }: IncomingMessage): string {
  const { localAddress = 'localhost', localPort = 80 } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** The first value, which the outermost proxy wrote; empty if there is a list that starts so. */
function forwarded(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[`x-forwarded-${name}`];
  return value === undefined ? undefined : (String(value).split(',', 1)[0]?.trim() ?? '');
}

function forwardedPort(request: IncomingMessage): string | undefined {
  const port = forwarded(request, 'port');
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) <= 65_535);
  if (!isPort) throw wrongHeader('X-Forwarded-Port', 'a port');
  return port;
}

function forwardedPrefix(request: IncomingMessage): string {
  const prefix = readBasePath(forwarded(request, 'prefix') ?? '');
  if (prefix === undefined) throw wrongHeader('X-Forwarded-Prefix', 'a path');
  return prefix;
}

/** A port of its own that the forwarded host names counts more than X-Forwarded-Port. */
function withPort(
  authority: string,
  forwardedPort: string | undefined,
  replaces: boolean,
  scheme: string,
): string {
  const [, host = authority, own] = AUTHORITY.exec(authority) ?? [];
  const port = replaces ? (forwardedPort ?? own) : (own ?? forwardedPort);
  return port === undefined || port === DEFAULT_PORTS.get(scheme) ? host : `${host}:${port}`;
}

function wrongHeader(name: string, expected: string): ScimError {
  return new ScimError(400, undefined, `The header ${name} has to name ${expected}.`);
}
