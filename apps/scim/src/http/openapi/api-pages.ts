import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import type { ServiceSetup } from '../../composition/core.module.js';
import { wantsHtml } from '../media-type.js';
import { openApiDocument, publicPath } from './document.js';

/** Serves the OpenAPI interface at /api and its document at /api-json. */
export function setUpApiPages(
  app: NestExpressApplication,
  { configuration, registry }: ServiceSetup,
): void {
  // Made at the first visit: most services are never looked at.
  SwaggerModule.setup('api', app, () => openApiDocument(app, configuration, registry), {
    raw: ['json'],
    customSiteTitle: 'SCIM gateway',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, docExpansion: 'list' },
  });
}

/** Leads a browser from the root, or from BASE_PATH, to the interface. */
export function browserToPages(configuration: ServiceSetup['configuration']) {
  const roots = new Set(['/', configuration.basePath, `${configuration.basePath}/`]);
  const target = `${publicPath(configuration)}/api`;
  return (request: Request, response: Response, next: NextFunction): void => {
    const isRoot = roots.has(request.url) && request.method === 'GET';
    if (isRoot && wantsHtml(request.headers.accept)) response.redirect(302, target);
    else next();
  };
}
