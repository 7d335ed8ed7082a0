import { type Filter, parseFilter, type ResourceType } from '#scim';
import { groupType, userType } from './types.js';

/** Filters that clients send, and one of each kind that they could. */
const FILTERS: readonly (readonly [ResourceType, string])[] = [
  [userType, 'userName eq "Jane.Doe@example.org"'],
  [userType, 'externalId eq "42"'],
  [userType, 'id eq "2819c223-7f76-453a-919d-413861904646"'],
  [userType, 'userName sw "ja"'],
  [userType, 'userName co "doe"'],
  [userType, 'userName ew ".org"'],
  [userType, 'displayName ne "Jane"'],
  [userType, 'title pr'],
  [userType, 'name.familyName eq "Doe"'],
  [userType, 'active eq false'],
  [userType, 'meta.lastModified gt "2024-01-01T00:00:00Z"'],
  [userType, 'emails.value eq "jane@example.org"'],
  [userType, 'emails[type eq "work" and value co "@example.org"]'],
  [userType, 'emails[not (type eq "home")]'],
  [userType, 'groups.value eq "g1"'],
  [
    userType,
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Tour Operations"',
  ],
  [userType, 'not (userName eq "jane" or title pr)'],
  [userType, 'userName sw "j" and (active eq true or emails.type eq "work")'],
  [groupType, 'displayName eq "Tour Guides"'],
  [groupType, 'members.value eq "u1"'],
  [groupType, 'members[value eq "u1"] and displayName sw "Tour"'],
];

/**
 * What a store makes of these filters, to be compared with what it made of them before: who reviews
 * a change sees what it does to queries.
 */
export function compiledFilters(
  compile: (type: ResourceType, filter: Filter) => string | undefined,
): string {
  return FILTERS.map(([type, text]) => {
    const compiled = compile(type, parseFilter(text, type)) ?? 'everything is looked at';
    return `# ${type.name}: ${text}\n${compiled}\n`;
  }).join('\n');
}
