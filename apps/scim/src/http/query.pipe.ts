import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { ScimHttpRequest } from '../access/client.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { type ListQuery, parseListQuery } from './list-query.js';

export type { ListQuery } from './list-query.js';

/** Reads the query of a request's URL; Express' own parser is switched off. */
@Injectable()
export class QueryPipe implements PipeTransform<string, ListQuery> {
  private readonly cursorsByDefault: boolean;

  constructor(@Inject(CONFIGURATION) configuration: Configuration) {
    this.cursorsByDefault = configuration.defaultPagination === 'cursor';
  }

  /** @throws ScimError */
  transform(url: string): ListQuery {
    return parseListQuery(url, this.cursorsByDefault);
  }
}

const urlOf = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<ScimHttpRequest>().url,
);

/** Parameter of a controller method that receives the `ListQuery`. */
export const ScimQuery = () => urlOf(QueryPipe);
