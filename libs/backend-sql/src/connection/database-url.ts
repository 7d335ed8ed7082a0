import type { DatabaseKind } from '../sql.options.js';
import { parseUrlOptions, type Tls } from './url-options.js';

/** Where a database is and how to get in. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite' /** `:memory:` or a path. */; readonly file: string }
  | {
      readonly kind: Exclude<DatabaseKind, 'sqlite'>;
      readonly host: string;
      readonly port: number | undefined;
      readonly user: string | undefined;
      readonly password: string | undefined;
      readonly database: string;
      /** Folder or file of a Unix socket, instead of `host`. */
      readonly socket: string | undefined;
      readonly tls: Tls;
      /** File with the certificates of authorities to be trusted instead of the system's. */
      readonly authorities: string | undefined;
    };

const KINDS: Readonly<Record<string, DatabaseKind>> = {
  postgresql: 'postgres',
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
};

/**
 * Reads `DATABASE_URL` as SQLAlchemy spells it: `postgresql://user:password@host:5432/db`,
 * `mysql+pymysql://…`, `mariadb://…`, `sqlite:///relative`, `sqlite:////absolute`, `sqlite://` for
 * memory. A `+driver` is ignored. Options after `?` are those of `parseUrlOptions`.
 * Whether a `mysql` server is MariaDB is found out when it is connected to.
 * @throws Error saying what is wrong, without the password
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const match = /^([a-z]+)(?:\+[a-z0-9_]+)?:\/\/(.*)$/is.exec(url.trim());
  const kind = KINDS[match?.[1]?.toLowerCase() ?? ''];
  if (match === null || kind === undefined) {
    throw new Error(
      'DATABASE_URL must begin with postgresql://, mysql://, mariadb:// or sqlite:///.',
    );
  }
  const rest = match[2] ?? '';
  return kind === 'sqlite' ? sqliteAddress(rest) : serverAddress(kind, rest);
}

function sqliteAddress(rest: string): DatabaseAddress {
  const [path = '', query] = splitOnce(rest, '?');
  parseUrlOptions('sqlite', query);
  if (path === '' || path === '/' || path === '/:memory:')
    return { kind: 'sqlite', file: ':memory:' };
  // Three slashes are relative, four absolute: the third one only ends the (empty) host.
  if (!path.startsWith('/')) {
    throw new Error(
      'DATABASE_URL of SQLite has three slashes before a relative path, four before an absolute one.',
    );
  }
  return { kind: 'sqlite', file: decode(path.slice(1)) };
}

function serverAddress(kind: Exclude<DatabaseKind, 'sqlite'>, rest: string): DatabaseAddress {
  // The user part ends at the last @, since passwords hold unescaped ones in practice.
  const [before, query] = splitOnce(rest, '?');
  const slash = before.indexOf('/', Math.max(0, before.lastIndexOf('@')));
  const authority = slash < 0 ? before : before.slice(0, slash);
  const database = slash < 0 ? '' : decode(before.slice(slash + 1));
  const at = authority.lastIndexOf('@');
  const [user, password] = at < 0 ? [] : splitOnce(authority.slice(0, at), ':');
  const place = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
  if (place === null) throw new Error('DATABASE_URL names no valid host and port.');
  const { host: asked, socket, tls, authorities } = parseUrlOptions(kind, query);
  const host = decode((place[1] ?? '').replace(/^\[|\]$/g, ''));
  if (database === '') throw new Error('DATABASE_URL names no database after the host.');
  return {
    kind,
    host: host || (socket === undefined ? (asked ?? 'localhost') : ''),
    port: place[2] ? Number(place[2]) : undefined,
    user: user ? decode(user) : undefined,
    password: password === undefined ? undefined : decode(password),
    database,
    socket,
    tls,
    authorities,
  };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign, as passwords have them
  }
}
