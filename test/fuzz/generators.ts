import fc from 'fast-check';
import { wellFormed } from '#scim';
import { BULK, ENTERPRISE, GROUP, PATCH, SEARCH, USER } from '../support/scim.js';
import type { FuzzRequest } from './request.js';

/** Text that programs stumble over, beside any other. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    '.',
    '..',
    '.search',
    '__proto__',
    'constructor',
    'a\nb',
    '\u0000',
    '\u202e',
    '%00',
    '*)(uid=*',
    "' or 1=1 --",
    '{$ne:1}',
    '\u{1F600}',
    `a${'\u0301'.repeat(40)}`,
    'x'.repeat(3000),
    '{id}',
    'bulkId:x',
    '2011-05-13T04:42:34Z',
  ),
);

const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('True', 'false', '1e3', 1e308, -0),
);

const name = fc.constantFrom(
  'userName',
  'USERNAME',
  'externalId',
  'displayName',
  'active',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'roles',
  'password',
  'members',
  'groups',
  'manager',
  'id',
  'meta',
  'meta.created',
  'schemas',
  'x509Certificates',
  'urn:x',
  ENTERPRISE,
  `${ENTERPRISE}:manager`,
  `${ENTERPRISE}:department`,
  '__proto__',
  'toString',
  '$ref',
);

const { element } = fc.letrec<{ element: unknown }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('element'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('value', 'type', 'primary', '$ref', 'display', 'givenName', 'x'),
      tie('element'),
      { maxKeys: 4 },
    ),
  ),
}));

const resource = fc
  .tuple(fc.dictionary(name, element, { maxKeys: 5 }), fc.constantFrom([USER], [GROUP], [], null))
  .map(([members, schemas]) => ({ schemas, ...members }));

const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'xx');
const term = fc.oneof(
  fc
    .tuple(name, operator, scalar)
    .map(([path, op, value]) => `${path} ${op} ${JSON.stringify(value)}`),
  name.map((path) => `${path} pr`),
  text,
);
const filter = fc.oneof(
  term,
  fc
    .tuple(term, fc.constantFrom('and', 'or', 'AND'), term)
    .map(([left, joint, right]) => `${left} ${joint} (${right})`),
  term.map((inner) => `not (${inner})`),
  fc.tuple(name, term).map(([path, inner]) => `${path}[${inner}]`),
);

const path = fc.oneof(
  name,
  fc.tuple(name, filter, name).map(([list, inner, sub]) => `${list}[${inner}].${sub}`),
  fc.tuple(name, filter).map(([list, inner]) => `${list}[${inner}]`),
  text,
);

const operation = fc.record(
  {
    op: fc.constantFrom('add', 'Replace', 'remove', 'move', null),
    path: fc.oneof(path, fc.constant(undefined)),
    value: fc.oneof(element, resource),
  },
  { requiredKeys: [] },
);
const patch = fc.oneof(
  fc
    .array(operation, { maxLength: 4 })
    .map((Operations) => ({ schemas: [PATCH], Operations }) as unknown),
  element,
);

const search = fc.record(
  {
    schemas: fc.constantFrom([SEARCH], [], null),
    filter: fc.oneof(filter, element),
    sortBy: fc.oneof(name, element),
    sortOrder: fc.constantFrom('ascending', 'descending', 'up', 7),
    startIndex: scalar,
    count: scalar,
    cursor: text,
    attributes: fc.oneof(fc.array(name, { maxLength: 3 }), element),
    excludedAttributes: element,
  },
  { requiredKeys: ['schemas'] },
);

const bulk = fc
  .array(
    fc.record(
      {
        method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET'),
        path: fc.constantFrom('/Users', '/Groups', '/Users/{id}', '/Users/bulkId:x', '/Bulk', '//'),
        bulkId: fc.constantFrom('x', 'y', ''),
        version: text,
        data: fc.oneof(resource, patch),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 4 },
  )
  .map((Operations) => ({ schemas: [BULK], Operations }));

const endpoint = fc.constantFrom('/Users', '/Groups', '', '//Users', '/users', '/v2/Users');
const target = fc.oneof(
  fc.constantFrom('/Users/{id}', '/Groups/{group}', '/Users/{group}', '/Users/.search'),
  fc.tuple(endpoint, text).map(([base, id]) => `${base}/${encodeURIComponent(wellFormed(id))}`),
);
const parameters = fc
  .dictionary(
    fc.constantFrom('filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes'),
    fc.oneof(filter, scalar.map(String), name),
    { maxKeys: 3 },
  )
  .map((all) => {
    const pairs = Object.entries(all).map(([key, value]): [string, string] => [key, value]);
    return String(new URLSearchParams(pairs)).slice(0, 4000);
  });

const headers = fc.dictionary(
  fc.constantFrom('If-Match', 'If-None-Match', 'Prefer', 'X-Service', 'Accept', 'X-Forwarded-Host'),
  fc.constantFrom('*', '"x"', 'W/"x", "y"', 'return=minimal', 'text/html', '', ', a', '1'),
  { maxKeys: 2 },
);

/** Bodies that are sent as text: broken, too deep, repeated keys, half characters. */
const broken = fc.constantFrom(
  '{',
  '[]',
  'null',
  '{"a":1,"a":2}',
  '{"userName":"\\ud83d"}',
  `{"x":${'['.repeat(500)}${']'.repeat(500)}}`,
  '{"userName":1e999}',
  '\u0000',
);

/** Any request, from those that clients send to those that nobody should. */
export const requests: fc.Arbitrary<FuzzRequest> = fc.oneof(
  fc
    .tuple(endpoint, parameters)
    .map(([base, query]) => ({ method: 'GET', path: `${base || '/'}?${query}` })),
  fc
    .tuple(fc.constantFrom('GET', 'HEAD', 'DELETE', 'OPTIONS'), target, headers)
    .map(([method, to, with_]) => ({ method, path: to, headers: with_ })),
  fc
    .tuple(endpoint, fc.oneof(resource, element, broken))
    .map(([to, body]) => ({ method: 'POST', path: to || '/', body })),
  fc
    .tuple(target, fc.oneof(resource, broken), headers)
    .map(([to, body, with_]) => ({ method: 'PUT', path: to, headers: with_, body })),
  fc
    .tuple(target, patch, headers)
    .map(([to, body, with_]) => ({ method: 'PATCH', path: to, headers: with_, body })),
  fc.tuple(endpoint, search).map(([to, body]) => ({ method: 'POST', path: `${to}/.search`, body })),
  bulk.map((body) => ({ method: 'POST', path: '/Bulk', body })),
);
