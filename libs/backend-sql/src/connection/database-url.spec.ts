import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from './database-url.js';

describe('DATABASE_URL', () => {
  it.each([
    ['postgresql://user:password@host:5432/db', 'postgres'],
    ['postgres://user:password@host:5432/db', 'postgres'],
    ['postgresql+psycopg2://user:password@host:5432/db', 'postgres'],
    ['mysql://user:password@host:5432/db', 'mysql'],
    ['mysql+pymysql://user:password@host:5432/db', 'mysql'],
    ['mariadb+mariadbconnector://user:password@host:5432/db', 'mariadb'],
  ])('%s', (url, kind) => {
    expect(parseDatabaseUrl(url)).toEqual({
      kind,
      host: 'host',
      port: 5432,
      user: 'user',
      password: 'password',
      database: 'db',
      socket: undefined,
      tls: 'off',
      authorities: undefined,
    });
  });

  it.each([
    ['sqlite:///scim.db', 'scim.db'],
    ['sqlite:///data/scim.db', 'data/scim.db'],
    ['sqlite:////var/lib/scim.db', '/var/lib/scim.db'],
    ['sqlite+pysqlite:////var/lib/with%20blank.db', '/var/lib/with blank.db'],
    ['sqlite://', ':memory:'],
    ['sqlite:///:memory:', ':memory:'],
  ])('%s is the file %s', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', file });
  });

  it('takes passwords as they are written, escaped or not', () => {
    const passwordOf = (url: string) => {
      const address = parseDatabaseUrl(url);
      return address.kind === 'sqlite' ? undefined : address.password;
    };
    expect(passwordOf('postgresql://u:p%40ss%2Fw@h/db')).toBe('p@ss/w');
    expect(passwordOf('postgresql://u:p@ss:w%@h/db')).toBe('p@ss:w%');
    expect(passwordOf('postgresql://u:p/w@h/db')).toBe('p/w');
    expect(passwordOf('postgresql://u@h/db')).toBeUndefined();
  });

  it('knows IPv6, sockets and TLS', () => {
    expect(parseDatabaseUrl('postgresql://[::1]:6000/db')).toMatchObject({
      host: '::1',
      port: 6000,
    });
    expect(parseDatabaseUrl('postgresql:///db?host=/run/postgresql')).toMatchObject({
      socket: '/run/postgresql',
    });
    expect(parseDatabaseUrl('mysql://u@/db?unix_socket=/run/mysqld.sock')).toMatchObject({
      socket: '/run/mysqld.sock',
    });
    expect(parseDatabaseUrl('postgresql://h/db?sslmode=require')).toMatchObject({ tls: 'any' });
    expect(parseDatabaseUrl('postgresql://h/db?sslmode=verify-full')).toMatchObject({
      tls: 'verify',
    });
    expect(parseDatabaseUrl('postgresql://h/db?sslmode=prefer')).toMatchObject({ tls: 'off' });
    expect(parseDatabaseUrl('mysql://h/db?ssl_ca=/ca.pem&charset=utf8mb4')).toMatchObject({
      tls: 'verify',
      authorities: '/ca.pem',
    });
    expect(parseDatabaseUrl('mysql://h/db?ssl_verify_cert=True')).toMatchObject({ tls: 'verify' });
    expect(parseDatabaseUrl('mysql://h/db?ssl-mode=VERIFY_IDENTITY')).toMatchObject({
      tls: 'verify',
    });
  });

  it.each(['', 'oracle://h/db', 'postgresql://h', 'postgresql://h/', 'sqlite://host/file', 'x'])(
    'refuses %j with a message',
    (url) => {
      expect(() => parseDatabaseUrl(url)).toThrow(/DATABASE_URL/);
    },
  );

  it.each([
    ['postgresql://h/db?sslmode=requre', /"requre" is no value of the option sslmode/],
    ['postgresql://h/db?SSLMODE=require', /"SSLMODE".*there are host, sslmode/],
    ['postgresql://h/db?sslmod=require', /"sslmod"/],
    ['postgresql://h/db?ssl=true', /"ssl"/],
    ['mysql://h/db?ssl=yes', /"yes" is no value of the option ssl/],
    ['mariadb://h/db?sslmode=require', /"sslmode"/],
    ['mysql://h/db?ssl_mode=REQUIRE', /"REQUIRE"/],
    ['mysql://h/db?constructor=1', /"constructor"/],
    ['sqlite:///a.db?mode=ro', /"mode"/],
  ])('R-357 %s is refused: an option that is not known may ask for safety', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(message);
  });

  it('does not tell the password', () => {
    expect(() => parseDatabaseUrl('postgresql://u:topsecret@h:x/db')).toThrow(
      expect.not.stringContaining('topsecret'),
    );
  });
});
