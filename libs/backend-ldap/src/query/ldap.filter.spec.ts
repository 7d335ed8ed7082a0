import { describe, expect, it } from 'vitest';
import { type Filter, type Inverse, parseFilter } from '#scim';
import { LAYOUTS, typeLayout } from '../mapping/mapping-tables.js';
import { createModel } from '../mapping/model.js';
import type { LdapFilter } from '../port/directory.js';
import { ServerSchema } from '../server/server-schema.js';
import { GROUPS, groupType, USERS, userType } from '../testing/scratch.js';
import { BASE } from '../testing/slapd.js';
import { compileLdapFilter, type FilterContext } from './ldap.filter.js';

const TEXT = 'EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch';
const schema = new ServerSchema(
  [
    `( 2.5.4.41 NAME 'name' ${TEXT} SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )`,
    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'has EQUALITY in it' SUP name )",
    "( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) SUP name )",
    "( 2.16.840.1.113730.3.1.241 NAME 'displayName' SUP name SINGLE-VALUE )",
    "( 1.2.840.113549.1.9.1 NAME ( 'email' 'pkcs9email' ) EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{128} )",
    "( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
    "( 2.5.4.31 NAME 'member' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
    "( 0.9.2342.19200300.100.1.4 NAME 'info' SUP name )",
    "( 0.9.2342.19200300.100.1.11 NAME 'documentIdentifier' SUP name )",
  ],
  ["( 1.3.6.1.4.1.1466.101.120.111 NAME 'extensibleObject' SUP top AUXILIARY )"],
);

const modelOf = (type: typeof userType, container: string) =>
  createModel(
    type,
    LAYOUTS.reference,
    typeLayout(LAYOUTS.reference, type.name, undefined),
    { base: BASE, container },
    schema,
  );

const contexts = new Map(
  [modelOf(userType, USERS), modelOf(groupType, GROUPS)].map((model) => [
    model.type,
    {
      model,
      marked: true,
      backLink: ({ type }: Inverse) => (type === 'Group' ? 'memberof' : undefined),
      memberNames: (_: unknown, value: string) => ({
        names: [`cn=${value},${USERS}`],
        exists: value === 'known',
      }),
    },
  ]),
);

/** What is left to be looked at. */
function residualOf(context: FilterContext, filter: Filter): Filter | undefined {
  const compiled = compileLdapFilter(context, filter);
  return compiled === undefined ? filter : compiled.residual;
}

/** The filter as RFC 4515 text, keys cut short. */
function print(filter: LdapFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.kind === 'and' ? '&' : '|'}${filter.operands.map(print).join('')})`;
    case 'not':
      return `(!${print(filter.operand)})`;
    case 'present':
      return `(${filter.attribute}=*)`;
    case 'equal':
      return `(${filter.attribute}=${String(filter.value).replace(/:[0-9a-f]{32}$/, ':#')})`;
    case 'substring': {
      const { initial = '', any, final = '' } = filter;
      return `(${filter.attribute}=${[initial, ...any, final].join('*')})`;
    }
  }
}

describe('SCIM filters as LDAP filters', () => {
  const K = 'documentidentifier';
  it.each([
    ['userName eq "JDoe"', `(|(${K}=userName:#)(uid=jdoe)(cn=jdoe))`],
    ['externalId eq "X*)(uid=*"', `(${K}=externalId:#)`],
    ['displayName eq "Zo\u00eb"', `(|(${K}=displayName:#)(displayname=zo\u00eb))`],
    ['displayName eq "\u0130 b"', `(|(${K}=displayName:#)(displayname=*b))`],
    ['displayName sw "a  b"', `(|(${K}=incomplete:displayName)(displayname=a*b*))`],
    ['displayName co " *"', `(|(${K}=incomplete:displayName)(displayname=***))`],
    ['displayName gt "a"', `(|(${K}=incomplete:displayName)(displayname=*))`],
    ['emails.value eq "a@B"', `(|(${K}=emails.value:#)(email=a@b))`],
    ['emails.value eq "\u00e9@b"', `(${K}=emails.value:#)`],
    ['emails[type eq "work" and value eq "a@b"]', `(|(${K}=emails.value:#)(email=a@b))`],
    [
      'x509Certificates.value eq "AQ=="',
      `(|(${K}=incomplete:x509Certificates.value)(sshpublickey=*))`,
    ],
    ['displayName pr', `(|(displayname=*)(${K}=incomplete:displayName))`],
    ['userName ne "a"', undefined],
    ['not (userName eq "a")', undefined],
    ['nickName eq "a"', undefined],
    ['nickName eq "a" or userName eq "a"', undefined],
    ['nickName eq "a" and displayName pr', `(|(displayname=*)(${K}=incomplete:displayName))`],
  ])('R-155 %s', (text, expected) => {
    const context = contexts.get(userType);
    if (context === undefined) throw new Error('no model');
    const filter = parseFilter(text, userType);
    const compiled = compileLdapFilter(context, filter);
    expect(compiled && print(compiled.query.filter)).toBe(expected);
    expect(residualOf(context, filter)).toEqual(filter);
  });

  it('R-143 leaves members to the server where the member exists', () => {
    const context = contexts.get(groupType);
    if (context === undefined) throw new Error('no model');
    const parse = (text: string) => parseFilter(text, groupType);
    const known = parse('members eq "known"');
    expect(residualOf(context, known)).toBeUndefined();
    expect(residualOf(context, parse('not (members eq "known")'))).toBeUndefined();
    expect(residualOf(context, parse('id eq "g" and members[value eq "known"]'))).toEqual(
      parse('id eq "g"'),
    );
    expect(residualOf(context, parse('members eq "KNOWN"'))).toEqual(parse('members eq "KNOWN"'));
  });

  it('R-143 leaves groups to the server where it keeps memberOf', () => {
    const context = contexts.get(userType);
    if (context === undefined) throw new Error('no model');
    const parse = (text: string) => parseFilter(text, userType);
    for (const text of ['groups eq "known"', 'groups[value eq "known"]']) {
      const compiled = compileLdapFilter(context, parse(text));
      expect(compiled).toMatchObject({ residual: undefined, query: { selective: false } });
      expect(compiled && print(compiled.query.filter)).toBe(`(memberof=cn=known,${USERS})`);
    }
    expect(residualOf(context, parse('groups eq "other"'))).toEqual(parse('groups eq "other"'));
    const without = { ...context, backLink: () => undefined };
    expect(compileLdapFilter(without, parse('groups eq "known"'))).toBeUndefined();
  });
});
