import { ArrayContains, IsArray, IsInt, IsOptional, IsString, validateSync } from 'class-validator';
import {
  invalidCount,
  invalidSyntax,
  invalidValue,
  isObject,
  MAX_FILTER_LENGTH,
  MessageUrn,
  parseAttributeList,
  readMembers,
  ScimError,
} from '#scim';
import type { ListQuery } from '../http/query.pipe.js';

/** Of a request, whose filter has 10,000 at most, and whose lists name attributes. */
const MOST_CHARACTERS = 64 * 1024;

const MEMBERS = [
  'schemas',
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;

/** The SearchRequest message (RFC 7644 §3.4.3). */
export class SearchRequest {
  @IsArray()
  @ArrayContains([MessageUrn.SearchRequest])
  readonly schemas!: readonly string[];

  @IsOptional()
  @IsString()
  readonly filter?: string;

  @IsOptional()
  @IsString()
  readonly sortBy?: string;

  @IsOptional()
  @IsString()
  readonly sortOrder?: string;

  @IsOptional()
  @IsInt()
  readonly startIndex?: number;

  @IsOptional()
  @IsInt()
  readonly count?: number;

  @IsOptional()
  @IsString()
  readonly cursor?: string;

  /** An array; a comma-separated string is read too. */
  readonly attributes?: unknown;

  readonly excludedAttributes?: unknown;
}

/**
 * Reads the body of a .search request.
 * @param cursorsByDefault whether a query without `startIndex` is paged by cursor
 * @throws ScimError invalidSyntax without the message URN, invalidValue or invalidCount (RFC 9865
 *   §2.1) for a wrong parameter
 */
export function parseSearchRequest(body: unknown, cursorsByDefault: boolean): ListQuery {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  // Only what has a meaning, and as it is: others may be many, and objects may hide constructors.
  const request = Object.assign(
    new SearchRequest(),
    readMembers(body, MEMBERS, 'A search request'),
  );
  const { filter } = request;
  // A filter that is too long is told as such, when it is read.
  const isFilterLong = typeof filter === 'string' && filter.length > MAX_FILTER_LENGTH;
  if (!isFilterLong && JSON.stringify(body).length > MOST_CHARACTERS) {
    const detail = `A search request has ${MOST_CHARACTERS} bytes at most.`;
    throw new ScimError(413, undefined, detail);
  }
  for (const { property, value } of validateSync(request)) {
    if (property === 'schemas') {
      throw invalidSyntax(`"schemas" must hold "${MessageUrn.SearchRequest}".`);
    }
    const wrong = `"${property}" cannot be ${JSON.stringify(value)?.slice(0, 100)}.`;
    const { cursor, startIndex } = request;
    const byCursor = cursor !== undefined || (cursorsByDefault && startIndex === undefined);
    throw property === 'count' && byCursor ? invalidCount(wrong) : invalidValue(wrong);
  }
  const { schemas: _, attributes, excludedAttributes, ...rest } = request;
  const lists = { attributes: joined(attributes), excludedAttributes: joined(excludedAttributes) };
  return Object.fromEntries(
    Object.entries({ ...rest, ...lists }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  );
}

/** Lists as a URL has them, so that a question is the same by GET and by POST. */
function joined(list: unknown): string | undefined {
  return parseAttributeList(list)?.join(',');
}
