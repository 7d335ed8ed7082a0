import { Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { ScimError } from '#scim';
import { ApiNotOffered } from '../http/openapi/me.decorators.js';

/** The caller's own resource: keys belong to no user, so there is none (RFC 7644 §3.11). */
@Controller('Me')
export class MeController {
  @Get()
  @ApiNotOffered('Read the own resource')
  read(): never {
    throw unsupported();
  }

  @Post()
  @ApiNotOffered('Create the own resource')
  create(): never {
    throw unsupported();
  }

  @Put()
  @ApiNotOffered('Replace the own resource')
  replace(): never {
    throw unsupported();
  }

  @Patch()
  @ApiNotOffered('Change the own resource')
  patch(): never {
    throw unsupported();
  }

  @Delete()
  @ApiNotOffered('Delete the own resource')
  remove(): never {
    throw unsupported();
  }
}

function unsupported(): ScimError {
  return new ScimError(
    501,
    undefined,
    'Keys belong to no user here, so /Me stands for nobody; use /Users.',
  );
}
