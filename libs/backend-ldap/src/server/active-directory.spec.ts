import { expect, it } from 'vitest';
import { checkEncryption, checkLayout } from './active-directory.js';

const domain = new Map([['rootdomainnamingcontext', [Buffer.from('DC=example,DC=org')]]]);
const at = (port: number) => [{ secure: false, host: 'dc1.example.org', port }];

it('R-384 an Active Directory takes its own layout and no other', () => {
  expect(() => checkLayout(domain, 'standard', at(389))).toThrow('LDAP_LAYOUT=activedirectory');
  expect(() => checkLayout(new Map(), 'standard', at(389))).not.toThrow();
  expect(() => checkLayout(new Map(), 'activedirectory', at(389))).toThrow('LDAP_LAYOUT');
  expect(() => checkLayout(domain, 'activedirectory', at(389))).not.toThrow();
});

it('R-490 the Global Catalog is refused, with the port to name instead', () => {
  expect(() => checkLayout(domain, 'activedirectory', at(3268))).toThrow('name port 389');
  expect(() => checkLayout(domain, 'activedirectory', at(3269))).toThrow('name port 636');
});

it('R-491 passwords go to no other machine in clear', () => {
  const [plain] = at(389);
  const servers = plain === undefined ? [] : [plain];
  expect(() => checkEncryption(servers, false)).toThrow('LDAP_STARTTLS=true');
  expect(() => checkEncryption(servers, true)).not.toThrow();
  expect(() =>
    checkEncryption([{ secure: true, host: 'dc1.example.org', port: 636 }], false),
  ).not.toThrow();
  expect(() =>
    checkEncryption([{ secure: false, host: '127.0.0.1', port: 389 }], false),
  ).not.toThrow();
});
