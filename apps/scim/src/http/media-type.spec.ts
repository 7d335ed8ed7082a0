import { describe, expect, it } from 'vitest';
import { isAcceptable } from './media-type.js';

describe('Accept', () => {
  it.each([
    undefined,
    '',
    '*/*',
    'application/scim+json',
    'application/json',
    'application/*;q=0.8',
    'Application/JSON; charset=utf-8',
    'text/html, application/xhtml+xml, */*;q=0.8',
    'application/scim+json;q=0.001',
  ])('R-001 R-002 is met: %s', (accept) => {
    expect(isAcceptable(accept)).toBe(true);
  });

  it.each(['text/html', 'application/xml', 'application/scim+json;q=0, text/*', '*/*;q=0.000'])(
    'R-003 cannot be met: %s',
    (accept) => {
      expect(isAcceptable(accept)).toBe(false);
    },
  );
});
