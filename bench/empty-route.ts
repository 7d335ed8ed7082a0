import 'reflect-metadata';
import { All, Controller, Get, Header, HttpCode, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type Request } from 'express';

/**
 * What the service is measured against: a Nest-express route without any work that answers with the
 * bytes it was told. `POST /bytes` sets them.
 */
let bytes = '';

@Controller()
class EmptyController {
  @Get('ready')
  ready(): string {
    return 'ok';
  }

  @Post('bytes')
  set(@Req() request: Request): string {
    bytes = String(request.body);
    return 'ok';
  }

  @All('empty')
  @HttpCode(200)
  @Header('Content-Type', 'application/scim+json')
  empty(): string {
    return bytes;
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

const app = await NestFactory.create<NestExpressApplication>(EmptyModule, {
  bodyParser: false,
  logger: false,
});
app.disable('x-powered-by');
app.disable('etag');
app.use(express.text({ type: '*/*', limit: '64mb' }));
await app.listen(Number(process.env.PORT), '127.0.0.1');
