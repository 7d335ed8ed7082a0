import { BackendError } from '#backend';
import { property, textProperty } from '../dialect/standard.js';
import { grantConnect, grantUse } from '../schema/grants.js';
import { driverError } from './database.js';
import type { DatabaseAddress } from './database-url.js';

/** What waiting may mend: a server or network that is not there yet. */
const PASSING =
  /^(08\w{3}|53\w{3}|57P0\w|1040|1053|1129|1158|1159|E[A-Z]+|PROTOCOL_.*)$|terminated|timeout|lost|closed/i;

/** What to change, by what drivers and systems say; the first that fits. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(28P01|1045)$/, 'Correct the user or the password in DATABASE_URL.'],
  [/^28000$/, 'Correct the user in DATABASE_URL, or let it in by pg_hba.conf of the server.'],
  [/^(3D000|1049)$/, 'Create the database, or correct its name in DATABASE_URL.'],
  [/^ECONNREFUSED$/, 'Start the server, or correct host and port in DATABASE_URL.'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Correct the host in DATABASE_URL.'],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$|timeout/,
    'Correct host and port, or let the network through.',
  ],
  [
    /CERT|SELF_SIGNED|LEAF_SIGNATURE|ISSUER/,
    'Name the file of the authority by sslrootcert (PostgreSQL) or ssl_ca, and the host as the certificate has it.',
  ],
  [/does not support (SSL|secure)/i, 'Set up TLS at the server, or ask for none in DATABASE_URL.'],
  [
    /^(14|EACCES|EEXIST|ENOENT|ENOTDIR|EROFS)$/,
    'Give the user of this process the file and its folder.',
  ],
  [/^26$/, 'The file is no SQLite database; correct the path in DATABASE_URL.'],
];

/**
 * Why no connection could be made: the system's own words, the address, and what to change.
 * @returns BackendError `unavailable` for what may pass by itself, else Error
 */
export function connectFailure(address: DatabaseAddress, cause: unknown): Error {
  const error = innermost(driverError(cause));
  const code = String(
    property(error, 'errcode') ?? numberOf(error) ?? property(error, 'code') ?? '',
  );
  const words = textProperty(error, 'message').split('\n')[0] || code || 'no reason is told';
  const advice =
    grantFor(address, code, words) ??
    ADVICE.find(([pattern]) => pattern.test(code) || pattern.test(words))?.[1];
  const text = `The database ${describe(address)} cannot be reached: ${words.replace(/\.$/, '')}.`;
  const message = advice === undefined ? text : `${text} ${advice}`;
  const passes = address.kind !== 'sqlite' && (PASSING.test(code) || PASSING.test(words));
  return passes ? new BackendError('unavailable', message, { retryAfter: 2 }) : new Error(message);
}

/** The statement that lets a user in who is known, but not to this database. */
function grantFor(address: DatabaseAddress, code: string, words: string): string | undefined {
  if (address.kind === 'sqlite' || !/^(1044|42501)$/.test(code)) return undefined;
  const statement =
    address.kind === 'postgres'
      ? grantConnect(address.database, address.user)
      : grantUse(address.database, /'[^']*'@'[^']*'/.exec(words)?.[0] ?? `'${address.user}'@'%'`);
  return `Have this run by one who may, and start again:\n\n${statement};\n`;
}

/** MySQL's numbers; those of the system are negative. */
function numberOf(error: unknown): number | undefined {
  const number = property(error, 'errno');
  return typeof number === 'number' && number > 0 ? number : undefined;
}

/** Several addresses of one name were tried: the last failure says as much as any. */
function innermost(error: unknown): unknown {
  const errors = property(error, 'errors');
  return Array.isArray(errors) && errors.length > 0 ? errors.at(-1) : error;
}

/** Without the password. */
function describe(address: DatabaseAddress): string {
  if (address.kind === 'sqlite') return address.file;
  const { kind, user, host, port, socket, database } = address;
  const place = socket ?? `${host.includes(':') ? `[${host}]` : host}${port ? `:${port}` : ''}`;
  return `${kind}://${user === undefined ? '' : `${user}@`}${place}/${database}`;
}
