import { BadRequestException, InternalServerErrorException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { BackendError, type BackendErrorCode, type BackendErrorDetails } from '#backend';
import { invalidValue } from '#scim';
import { scimErrorOf } from './scim-error-of.js';

describe('the SCIM error of a backend error', () => {
  it.each<[BackendErrorCode, BackendErrorDetails, number, string | undefined, RegExp]>([
    ['conflict', {}, 412, undefined, /changed/],
    ['not-found', {}, 404, undefined, /no such resource/],
    ['exists', {}, 409, 'uniqueness', /this id/],
    ['unique', { path: 'userName' }, 409, 'uniqueness', /userName/],
    ['unknown-target', { ids: ['a', 'b'] }, 400, 'invalidValue', /"a", "b";/],
    ['invalid-id', {}, 400, 'invalidValue', /said by the store/],
    ['unsupported', {}, 400, 'invalidValue', /said by the store/],
    ['unavailable', { cause: 'secret' }, 503, undefined, /does not answer/],
  ])('%s', (code, details, status, scimType, detail) => {
    const error = scimErrorOf(new BackendError(code, 'said by the store', details), 'r1');
    expect(error).toMatchObject({ status, scimType, detail: expect.stringMatching(detail) });
    if (code === 'unavailable') expect(error.detail).not.toContain('said');
  });

  it('says when to come back', () => {
    const busy = new BackendError('unavailable', 'full', { retryAfter: 1.5 });
    expect(scimErrorOf(busy, undefined).headers).toEqual({ 'Retry-After': '2' });
  });

  it('names ten unknown members and how many more there are', () => {
    const ids = Array.from({ length: 12 }, (_, i) => `id${i}`);
    const { detail } = scimErrorOf(new BackendError('unknown-target', '', { ids }), undefined);
    expect(detail).toContain('"id9" and 2 more');
    expect(detail).not.toContain('id10');
  });
});

describe('the SCIM error of anything else', () => {
  it('R-015 tells nothing of an unforeseen error but the request id', () => {
    for (const error of [new Error('select * from users'), 'text', undefined]) {
      const { status, detail, scimType } = scimErrorOf(error, 'request-7');
      expect([status, scimType]).toEqual([500, undefined]);
      expect(detail).toContain('request-7');
      expect(detail).not.toContain('select');
    }
    expect(scimErrorOf(new InternalServerErrorException('stack'), 'x').detail).not.toContain(
      'stack',
    );
  });

  it('keeps SCIM errors, and takes over what Express found wrong', () => {
    const error = invalidValue('x');
    expect(scimErrorOf(error, undefined)).toBe(error);
    expect(scimErrorOf(new BadRequestException('too bad'), undefined)).toMatchObject({
      status: 400,
    });
  });
});
