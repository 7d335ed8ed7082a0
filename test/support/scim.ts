import { expect } from 'vitest';
import type { Answer, SentRequest, Service } from './service.js';

/** URNs of RFC 7643 §8.7, RFC 7644 §8.2 and of SRAM, written out: tests do not ask the code. */
export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const SRAM_USER = 'urn:mace:surf.nl:sram:scim:extension:User';
export const SRAM_GROUP = 'urn:mace:surf.nl:sram:scim:extension:Group';
const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0';
export const LIST = `${MESSAGE}:ListResponse`;
export const ERROR = `${MESSAGE}:Error`;
export const PATCH = `${MESSAGE}:PatchOp`;
export const SEARCH = `${MESSAGE}:SearchRequest`;
export const BULK = `${MESSAGE}:BulkRequest`;

/** Keywords of RFC 7644 §3.12 table 9, §7.5.2's `sensitive`, and RFC 9865 §2.1. */
const SCIM_TYPES = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
];

/** What every resource has, as RFC 7643 §3.1 says. */
export interface Resource {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly meta: {
    readonly resourceType: string;
    readonly created: string;
    readonly lastModified: string;
    readonly location: string;
    readonly version: string;
  };
  readonly [attribute: string]: unknown;
}

export interface List<T = Resource> {
  readonly schemas: readonly string[];
  readonly totalResults: number;
  readonly startIndex?: number;
  readonly itemsPerPage?: number;
  readonly nextCursor?: string;
  readonly Resources: readonly T[];
}

/** Creates a resource, with the schema of its endpoint unless the body says its own. */
export async function create(
  service: Service,
  endpoint: '/Users' | '/Groups',
  attributes: Readonly<Record<string, unknown>>,
  headers: SentRequest['headers'] = {},
): Promise<Resource> {
  const body = { schemas: [endpoint === '/Users' ? USER : GROUP], ...attributes };
  const answer = await service.request('POST', endpoint, { body, headers });
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Resource>();
}

/** Reads a resource that has to be there. */
export async function read(
  service: Service,
  path: string,
  headers: SentRequest['headers'] = {},
): Promise<Resource> {
  const answer = await service.request('GET', path, { headers });
  expect(answer.status, answer.text).toBe(200);
  return answer.json<Resource>();
}

/** Lists by query parameters, which are encoded here. */
export async function list(
  service: Service,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
  headers: SentRequest['headers'] = {},
): Promise<List> {
  const answer = await service.request('GET', `${path}${query(parameters)}`, { headers });
  expect(answer.status, answer.text).toBe(200);
  return answer.json<List>();
}

export function query(parameters: Readonly<Record<string, string>>): string {
  const parts = Object.entries(parameters).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** A PATCH message. */
export function patchOf(...Operations: readonly object[]): SentRequest {
  return { body: { schemas: [PATCH], Operations } };
}

/** The answer is a whole SCIM error (RFC 7644 §3.12) with this status and keyword. */
export function expectError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/scim+json');
  expect(answer.body, answer.text).toEqual({
    schemas: [ERROR],
    status: String(status),
    detail: expect.stringMatching(/\S/),
    ...(scimType === undefined ? {} : { scimType }),
  });
  if (scimType !== undefined) expect(SCIM_TYPES).toContain(scimType);
  // Nothing internal: no stack, no path of a source file, no SQL.
  expect(answer.text).not.toMatch(/node_modules|\.[jt]s:\d|\bat \S+ \(|\bselect\b.+\bfrom\b/i);
}

/** No null anywhere, no empty array. */
export function expectNoNulls(value: unknown, path = ''): void {
  expect(value, path).not.toBeNull();
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) expectNoNulls(member, `${path}/${name}`);
}
