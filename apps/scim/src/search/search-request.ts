import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { ArrayContains, IsArray, IsInt, IsOptional, IsString, validateSync } from 'class-validator';
import { invalidSyntax, invalidValue, isObject, MessageUrn, parseAttributeList } from '#scim';
import type { ListQuery } from '../http/query.pipe.js';

/** The SearchRequest message (RFC 7644 §3.4.3). */
export class SearchRequest {
  @ApiProperty({ type: [String], example: [MessageUrn.SearchRequest] })
  @IsArray()
  @ArrayContains([MessageUrn.SearchRequest])
  readonly schemas!: readonly string[];

  @ApiPropertyOptional({ example: 'userName sw "j"' })
  @IsOptional()
  @IsString()
  readonly filter?: string;

  @ApiPropertyOptional({ example: 'userName' })
  @IsOptional()
  @IsString()
  readonly sortBy?: string;

  @ApiPropertyOptional({ enum: ['ascending', 'descending'] })
  @IsOptional()
  @IsString()
  readonly sortOrder?: string;

  @ApiPropertyOptional({ type: 'integer', example: 1 })
  @IsOptional()
  @IsInt()
  readonly startIndex?: number;

  @ApiPropertyOptional({ type: 'integer', example: 10 })
  @IsOptional()
  @IsInt()
  readonly count?: number;

  @ApiPropertyOptional({ description: 'Empty for the first page, then nextCursor (RFC 9865).' })
  @IsOptional()
  @IsString()
  readonly cursor?: string;

  /** An array; a comma-separated string is read too. */
  @ApiPropertyOptional({ type: [String], example: ['userName', 'emails.value'] })
  readonly attributes?: unknown;

  @ApiPropertyOptional({ type: [String] })
  readonly excludedAttributes?: unknown;
}

/**
 * Reads the body of a .search request.
 * @throws ScimError invalidSyntax without the message URN, invalidValue for a wrong parameter
 */
export function parseSearchRequest(body: unknown): ListQuery {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const request = plainToInstance(SearchRequest, { ...body });
  for (const { property, value } of validateSync(request)) {
    if (property === 'schemas') {
      throw invalidSyntax(`"schemas" must hold "${MessageUrn.SearchRequest}".`);
    }
    throw invalidValue(`"${property}" cannot be ${JSON.stringify(value)?.slice(0, 100)}.`);
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
