import { describe, expect, it } from 'vitest';
import { readConfiguration } from './configuration.js';
import { plainTextWarnings } from './plain-text.js';

const warnings = (env: Readonly<Record<string, string>>) =>
  plainTextWarnings(readConfiguration(env));

describe('R-459 what is reached in plain text', () => {
  it.each([
    [{ DATABASE_URL: 'postgresql://u:pw@db.example.org/x' }, 'The database at db.example.org'],
    [{ MONGO_DB: 'mongodb://u:pw@m.example.org:27017/x' }, 'MongoDB at m.example.org'],
    [{ LDAP_HOSTNAME: 'ldap://d.example.org' }, 'The LDAP server at d.example.org'],
    [{ AMQP: 'amqp://u:pw@b.example.org' }, 'The message broker at b.example.org'],
    [{ REDIS_URL: 'redis://r.example.org' }, 'Redis at r.example.org'],
  ])('%j is one warning, without a secret', (env, told) => {
    const found = warnings(env as unknown as Record<string, string>);
    expect(found).toEqual([`${told} is reached without encryption.`]);
  });

  it.each([
    { DATABASE_URL: 'postgresql://u:pw@db.example.org/x?sslmode=verify-full' },
    { DATABASE_URL: 'postgresql://u:pw@127.0.0.1/x' },
    { DATABASE_URL: 'sqlite:///x.db' },
    { MONGO_DB: 'mongodb+srv://u:pw@m.example.org/x' },
    { MONGO_DB: 'mongodb://m.example.org/?tls=true' },
    { LDAP_HOSTNAME: 'ldap://d.example.org', LDAP_STARTTLS: 'true' },
    { LDAP_HOSTNAME: 'ldaps://d.example.org' },
    { AMQP: 'amqps://b.example.org', REDIS_URL: 'rediss://r.example.org' },
    { AMQP: 'amqp://localhost', REDIS_URL: 'redis://[::1]:6379' },
  ])('%j is none', (env) => {
    expect(warnings(env as unknown as Record<string, string>)).toEqual([]);
  });
});
