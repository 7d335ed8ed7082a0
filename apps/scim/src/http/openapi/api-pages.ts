import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { Authenticator } from '../../access/authenticator.js';
import type { ScimHttpRequest } from '../../access/client.js';
import type { ServiceSetup } from '../../composition/core.module.js';
import { wantsHtml } from '../media-type.js';
import { writeReply } from '../reply.js';
import { scimErrorOf } from '../scim-error-of.js';
import { openApiDocument, publicPath } from './document.js';
import { createdIdsPlugin } from './page/created-ids.js';
import { keyPlugin } from './page/key.js';
import { PAGE_STYLE } from './page/style.js';

/** Serves the OpenAPI interface at /api and its document at /api-json. */
export function setUpApiPages(
  app: NestExpressApplication,
  { configuration, registry }: ServiceSetup,
): void {
  // Made at the first visit: most services are never looked at.
  SwaggerModule.setup('api', app, () => openApiDocument(app, configuration, registry), {
    raw: ['json'],
    customSiteTitle: 'SCIM gateway',
    customCss: PAGE_STYLE,
    swaggerOptions: {
      layout: 'BaseLayout',
      plugins: [keyPlugin, createdIdsPlugin],
      tryItOutEnabled: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
    },
  });
}

/**
 * With DISCOVERY_PUBLIC=false nobody reads the interface without a key either. A browser asks for
 * it: any name, and the key as the password.
 */
export function guardApiPages(app: NestExpressApplication, { configuration }: ServiceSetup): void {
  if (configuration.discoveryPublic) return;
  const authenticator = app.get(Authenticator);
  app.use(
    ['/api', '/api-json'],
    (request: ScimHttpRequest, response: Response, next: NextFunction): void => {
      const key = passwordOf(request.headers.authorization);
      if (key !== undefined) request.headers.authorization = `Bearer ${key}`;
      authenticator.authenticate(request).then(
        () => next(),
        (thrown: unknown) => {
          const error = scimErrorOf(thrown, request.requestId);
          const headers = { ...error.headers, ...(error.status === 401 ? BASIC : {}) };
          writeReply(response, { status: error.status, body: error.toJSON(), headers });
        },
      );
    },
  );
}

const BASIC = { 'WWW-Authenticate': 'Basic realm="SCIM", Bearer realm="SCIM"' };

function passwordOf(header: string | undefined): string | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Leads a browser from the root, or from BASE_PATH, to the interface. */
export function browserToPages(configuration: ServiceSetup['configuration']) {
  const roots = new Set(['/', configuration.basePath, `${configuration.basePath}/`]);
  const target = `${publicPath(configuration)}/api`;
  return (request: Request, response: Response, next: NextFunction): void => {
    const isRoot = roots.has(request.url) && request.method === 'GET';
    if (isRoot && wantsHtml(request.headers.accept)) {
      writeReply(response, { status: 302, headers: { Location: target } });
    } else next();
  };
}
