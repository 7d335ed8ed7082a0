import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../configuration.js';
import { readLdapServers } from './ldap-values.js';

describe('LDAP', () => {
  it('LDAP_HOSTNAME names one server or several', () => {
    const plain = { secure: false, port: 389 };
    expect(readLdapServers('ldap.example.org')).toEqual([{ ...plain, host: 'ldap.example.org' }]);
    expect(readLdapServers('ldap://a ldaps://b/, c:1389 [::1]')).toEqual([
      { ...plain, host: 'a' },
      { secure: true, host: 'b', port: 636 },
      { secure: false, host: 'c', port: 1389 },
      { ...plain, host: '::1' },
    ]);
    for (const wrong of ['', ' , ', 'http://a', 'ldap://a/dc=x', 'a:0', 'a:99999', 'a@b']) {
      expect(readLdapServers(wrong)).toBeUndefined();
    }
  });

  it('has the defaults of the reference', () => {
    expect(readConfiguration({}).store.name).toBe('flat files');
    expect(readConfiguration({ LDAP_HOSTNAME: 'ldap' }).store.settings).toEqual({
      servers: [{ secure: false, host: 'ldap', port: 389 }],
      startTls: false,
      ca: undefined,
      baseName: 'dc=example,dc=org',
      userName: 'cn=admin,dc=example,dc=org',
      password: '',
      layout: 'reference',
      client: 'ldapjs',
      memberOf: false,
      attributes: { User: {}, Group: {} },
    });
  });

  it('refuses what it cannot read, without showing the password', () => {
    for (const [name, value] of Object.entries({
      LDAP_HOSTNAME: 'http://x',
      LDAP_STARTTLS: 'maybe',
      LDAP_CA: '/no/such/file',
      LDAP_LAYOUT: 'other',
      LDAP_CLIENT: 'other',
      LDAP_MEMBEROF: 'auto',
      LDAP_USER_ATTRIBUTES: '{"title": 1}',
      LDAP_GROUP_ATTRIBUTES: '[]',
    })) {
      const env = { LDAP_HOSTNAME: 'ldap', LDAP_PASSWORD: 'hidden', [name]: value };
      expect(() => readConfiguration(env)).toThrow(name);
      expect(() => readConfiguration(env)).not.toThrow('hidden');
    }
  });
});
