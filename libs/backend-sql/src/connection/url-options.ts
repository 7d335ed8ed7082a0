import type { DatabaseKind } from '../sql.options.js';

/** `verify` checks the server's certificate, `any` only encrypts. */
export type Tls = 'off' | 'any' | 'verify';

/** What the part of a `DATABASE_URL` after `?` says. */
export interface UrlOptions {
  readonly host: string | undefined;
  /** Folder or file of a Unix socket. */
  readonly socket: string | undefined;
  readonly tls: Tls;
  /** File with the certificates of authorities to be trusted instead of the system's. */
  readonly authorities: string | undefined;
}

/** What a value of an option means; undefined: it has no such value. */
type Meaning = (value: string) => Partial<UrlOptions> | undefined;

const POSTGRES: Readonly<Record<string, Meaning>> = {
  host: (value) => (value.startsWith('/') ? { socket: value } : { host: value }),
  // As libpq has it; `allow` and `prefer` are content with plain text.
  sslmode: oneOf({
    disable: { tls: 'off' },
    allow: { tls: 'off' },
    prefer: { tls: 'off' },
    require: { tls: 'any' },
    'verify-ca': { tls: 'verify' },
    'verify-full': { tls: 'verify' },
  }),
  sslrootcert: (value) => ({ authorities: value }),
  client_encoding: oneOf({ utf8: {}, UTF8: {}, 'utf-8': {} }),
};

const YES_OR_NO: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  '1': true,
  false: false,
  False: false,
  '0': false,
};

const MODE = oneOf({
  disabled: { tls: 'off' },
  preferred: { tls: 'off' },
  required: { tls: 'any' },
  'verify-ca': { tls: 'verify' },
  'verify-identity': { tls: 'verify' },
});
/** The client takes these in any case, and a line of either kind. */
const mode: Meaning = (value) => MODE(value.toLowerCase().replaceAll('_', '-'));

const MYSQL: Readonly<Record<string, Meaning>> = {
  unix_socket: (value) => ({ socket: value }),
  'ssl-mode': mode,
  ssl_mode: mode,
  ssl: asked('any'),
  ssl_ca: (value) => ({ tls: 'verify', authorities: value }),
  ssl_verify_cert: asked('verify'),
  ssl_verify_identity: asked('verify'),
  charset: oneOf({ utf8mb4: {}, utf8: {} }),
};

const SQLITE: Readonly<Record<string, Meaning>> = {
  // Of Python's library, and without a meaning here.
  check_same_thread: oneOf({ true: {}, True: {}, false: {}, False: {} }),
};

const KNOWN: Readonly<Record<DatabaseKind, Readonly<Record<string, Meaning>>>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlite: SQLITE,
};

/** From `off`, which is said for each option, to what asks for more. */
const STRENGTH: readonly Tls[] = ['off', 'any', 'verify'];

/**
 * Reads the options of a `DATABASE_URL`. What is not known is refused: a misspelt `sslmode` would
 * mean plain text without a word.
 * @throws Error that names the option and what it may be
 */
export function parseUrlOptions(kind: DatabaseKind, query: string | undefined): UrlOptions {
  let result: UrlOptions = {
    host: undefined,
    socket: undefined,
    tls: 'off',
    authorities: undefined,
  };
  for (const [name, value] of new URLSearchParams(query ?? '')) {
    const meaning = Object.hasOwn(KNOWN[kind], name) ? KNOWN[kind][name] : undefined;
    if (meaning === undefined) throw unknownOption(kind, name);
    const found = meaning(value);
    if (found === undefined) {
      throw new Error(`DATABASE_URL: ${JSON.stringify(value)} is no value of the option ${name}.`);
    }
    const tls = stronger(result.tls, found.tls ?? 'off');
    result = { ...result, ...found, tls };
  }
  return result;
}

function stronger(a: Tls, b: Tls): Tls {
  return STRENGTH.indexOf(a) > STRENGTH.indexOf(b) ? a : b;
}

function unknownOption(kind: DatabaseKind, name: string): Error {
  const known = Object.keys(KNOWN[kind]).join(', ');
  return new Error(
    `DATABASE_URL has an option ${JSON.stringify(name)} that is not known; for this database there are ${known}.`,
  );
}

function oneOf(meanings: Readonly<Record<string, Partial<UrlOptions>>>): Meaning {
  return (value) => (Object.hasOwn(meanings, value) ? meanings[value] : undefined);
}

function asked(tls: Tls): Meaning {
  return (value) => {
    const yes = Object.hasOwn(YES_OR_NO, value) ? YES_OR_NO[value] : undefined;
    return yes === undefined ? undefined : { tls: yes ? tls : 'off' };
  };
}
