import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { LdapConnector } from './ldap.connector.js';
import type { LdapBackendOptions } from './ldap.options.js';
import { optionsFor } from './testing/conformance.js';
import { NOW, registry, Scratch, userDraft, userType } from './testing/scratch.js';
import { ADMIN, freePort, noSlapd, PASSWORD, type SlapdOptions } from './testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`a start that fails ${missing ?? ''}`, () => {
  const scratches: Scratch[] = [];
  const start = async (options: SlapdOptions = {}) => {
    const scratch = await Scratch.start(options);
    scratches.push(scratch);
    return scratch;
  };
  afterEach(async () => {
    for (const scratch of scratches.splice(0)) await scratch.remove();
  });

  /** What an attempt to open says, and whether it is worth another one. */
  async function failure(options: LdapBackendOptions) {
    try {
      await new LdapConnector(options).open(registry.types);
    } catch (error) {
      const { message, code } = error as Error & { readonly code?: string };
      expect(message).not.toContain(PASSWORD);
      return { message, code };
    }
    throw new Error('it was opened');
  }

  it('R-381 names the account that the server does not let in, in its words', async () => {
    const { slapd } = await start();
    const where = `127.0.0.1:${slapd.server.port}`;
    const wrong = await failure(optionsFor(slapd, { password: 'wrong' }));
    expect(wrong.code).toBeUndefined();
    expect(wrong.message).toContain(where);
    expect(wrong.message).toContain(`"${ADMIN}"`);
    expect(wrong.message).toContain('code 49');
    expect(wrong.message).toContain('LDAP_USERNAME and LDAP_PASSWORD');
    const noName = await failure(optionsFor(slapd, { userName: 'admin' }));
    expect(noName.message).toContain('"invalid DN"');
    expect(noName.message).toContain('distinguished name');
  });

  it('R-381 names the entry that is not there', async () => {
    const { slapd } = await start();
    for (const baseName of ['dc=other', 'other']) {
      const { message, code } = await failure(optionsFor(slapd, { baseName }));
      expect(message).toContain(`LDAP_BASENAME is "${baseName}"`);
      expect(code).toBeUndefined();
    }
  });

  it('R-381 names the address that cannot be reached, and is worth another try', async () => {
    const { slapd } = await start();
    const port = await freePort();
    const refused = await failure(
      optionsFor(slapd, { servers: [{ secure: false, host: '127.0.0.1', port }] }),
    );
    expect(refused.code).toBe('unavailable');
    expect(refused.message).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);
    const unknown = await failure(
      optionsFor(slapd, { servers: [{ secure: false, host: 'nowhere.invalid', port: 389 }] }),
    );
    expect(unknown.code).toBe('unavailable');
    expect(unknown.message).toContain('nowhere.invalid:389');
    expect(unknown.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it('R-381 says that StartTLS is refused', async () => {
    const { slapd } = await start();
    const { message, code } = await failure(optionsFor(slapd, { startTls: true }));
    expect(code).toBeUndefined();
    expect(message).toContain('unset LDAP_STARTTLS');
    expect(message).toContain('code 2, "unsupported extended operation"');
  });

  it('R-381 says that a port does not speak TLS', async () => {
    const { slapd } = await start();
    const servers = [{ ...slapd.server, secure: true }];
    const { message } = await failure(optionsFor(slapd, { servers }));
    expect(message).toContain(`127.0.0.1:${slapd.server.port}`);
    expect(message).toContain('LDAP_HOSTNAME');
  });

  it('R-381 says that a certificate is of an authority that is not trusted', async () => {
    const scratch = await start({ tls: true });
    for (const secure of ['ldaps', 'startTls'] as const) {
      const { ca: _, ...options } = optionsFor(scratch.slapd, {}, secure);
      const { message, code } = await failure(options);
      expect(code).toBeUndefined();
      expect(message).toMatch(/certificate of the LDAP server is not trusted: 127\.0\.0\.1:\d+/);
      expect(message).toContain('unable to verify the first certificate');
      expect(message).toContain('LDAP_CA');
      const trusted = await new LdapConnector(optionsFor(scratch.slapd, {}, secure)).open(
        registry.types,
      );
      await trusted.store(userType).put(userDraft(secure), { now: NOW });
      await trusted.close();
    }
  });

  it('R-381 says that a certificate is for another name', async () => {
    const { slapd } = await start({ tls: true });
    const servers = [{ ...slapd.secureServer, host: '127.1' }];
    const ca = readFileSync(slapd.authority, 'utf8');
    const { message } = await failure(optionsFor(slapd, { servers, ca }));
    expect(message).toContain('use the name in LDAP_HOSTNAME that the certificate is for');
  });

  it('R-382 names everything in the attribute tables that nobody knows', async () => {
    const { slapd } = await start();
    const attributes = {
      User: { titel: 'title', nickName: 'nikname', name: 'cn', title: '', timezone: 'title' },
      Group: { externalId: 'no-such' },
    };
    const { message, code } = await failure(optionsFor(slapd, { attributes }));
    expect(code).toBeUndefined();
    expect(message).toBe(
      'LDAP_USER_ATTRIBUTES: User has no attribute "titel"; ' +
        'the LDAP server\'s schema has no attribute "nikname"; "name" is no simple attribute. ' +
        'LDAP_GROUP_ATTRIBUTES: the LDAP server\'s schema has no attribute "no-such".',
    );
    const twice = { User: { 'name.middleName': 'uid' } };
    expect((await failure(optionsFor(slapd, { attributes: twice }))).message).toContain('uid');
  });
});
