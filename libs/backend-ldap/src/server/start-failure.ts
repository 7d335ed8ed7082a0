import { BackendError } from '#backend';
import type { LdapBackendOptions } from '../ldap.options.js';
import { LdapError, RESULT, Refused, Unreachable } from '../port/directory.js';
import { backendError } from './errors.js';

/**
 * Why a directory cannot be used, for whoever has to mend it: the address, the server's or the
 * system's own words, and what to change. What may pass by itself is `unavailable`, so that it is
 * tried again; the rest is not.
 */
export function startFailure(error: unknown, options: LdapBackendOptions): unknown {
  if (error instanceof Refused) {
    return new Error(`The LDAP server at ${error.where} ${refusal(error, options)}`, {
      cause: error,
    });
  }
  if (error instanceof LdapError && error.code === RESULT.insufficientAccess) {
    const said = wordsOf(error);
    const message = `The account of LDAP_USERNAME (${options.userName ?? 'none'}) may not read or write below LDAP_BASENAME (${options.baseName})${said}.`;
    return new Error(message, { cause: error });
  }
  if (error instanceof Unreachable) return unreachable(error);
  if (error instanceof LdapError) {
    const known = backendError(error) as BackendError;
    const message = `The LDAP server cannot be used: it answers with code ${error.code}${wordsOf(error)}.`;
    return new BackendError(known.code, message, { ...known.details, cause: error });
  }
  return backendError(error);
}

function refusal(error: Refused, { userName }: LdapBackendOptions): string {
  const said = `(code ${error.code}${wordsOf(error)})`;
  if (error.stage === 'startTls') {
    return `does not encrypt the connection ${said}: unset LDAP_STARTTLS, use an ldaps:// address in LDAP_HOSTNAME, or give the server a certificate.`;
  }
  switch (error.code) {
    case RESULT.strongerAuthRequired:
    case RESULT.confidentialityRequired:
      return `takes no password over a connection that is not encrypted ${said}: set LDAP_STARTTLS=true, or use an ldaps:// address in LDAP_HOSTNAME.`;
    case RESULT.invalidDnSyntax:
      return `does not take LDAP_USERNAME "${userName}" for a name ${said}: it is a distinguished name, like cn=admin,dc=example,dc=org.`;
    default:
      return `does not let "${userName}" in ${said}: look at LDAP_USERNAME and LDAP_PASSWORD.`;
  }
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ISSUER|HOSTNAME_MISMATCH/;

function unreachable(error: Unreachable): unknown {
  const code = codeOf(error);
  const words = reasonOf(error);
  if (code !== undefined && CERTIFICATE.test(code)) {
    const named = code === 'ERR_TLS_CERT_ALTNAME_INVALID';
    const advice = named
      ? 'use the name in LDAP_HOSTNAME that the certificate is for'
      : 'name a PEM file of its authority in LDAP_CA';
    return new Error(`The certificate of the LDAP server is not trusted: ${words}: ${advice}.`, {
      cause: error,
    });
  }
  if (code?.startsWith('ERR_SSL') || code === 'EPROTO') {
    const message = `The LDAP server does not speak TLS: ${words}: look at the scheme and the port in LDAP_HOSTNAME.`;
    return new Error(message, { cause: error });
  }
  const message = `The LDAP server cannot be reached: ${words}: look at LDAP_HOSTNAME, and whether the server runs.`;
  return new BackendError('unavailable', message, { retryAfter: 5, cause: error });
}

/** The innermost reason with the address that it is about. */
function reasonOf(error: Error): string {
  const inner = innermost(error);
  if (inner === error || error.message.includes(inner.message)) return error.message;
  return `${error.message} (${inner.message})`;
}

function codeOf(error: Error): string | undefined {
  const { code } = innermost(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function innermost(error: Error): Error {
  const { cause } = error;
  return cause instanceof Error ? innermost(cause) : error;
}

function wordsOf({ message }: LdapError): string {
  return message === '' ? '' : `, "${message}"`;
}
