import { describe, expect, it } from 'vitest';
import { ScimError } from '#scim';
import { localUrl } from './path.middleware.js';

function failure(url: string, base: string): [number, string | undefined] {
  try {
    localUrl(url, base);
  } catch (error) {
    if (error instanceof ScimError) return [error.status, error.scimType];
    throw error;
  }
  throw new Error(`accepted: ${url}`);
}

describe('the path of a request', () => {
  it.each([
    ['/Users', '', '/Users'],
    ['/', '', '/'],
    ['/v2/Users?a=/v1/', '', '/Users?a=/v1/'],
    ['/V2/Users', '', '/Users'],
    ['/v2', '', '/'],
    ['/v2?count=1', '', '/?count=1'],
    ['/values/1', '', '/values/1'],
    ['/v2x/1', '', '/v2x/1'],
    ['/scim/Users/1', '/scim', '/Users/1'],
    ['/SCIM', '/scim', '/'],
    ['/scim?count=0', '/scim', '/?count=0'],
    ['/scim/v2/Users', '/scim', '/Users'],
    ['/scim/v2/Users', '/scim/v2', '/Users'],
    ['/health', '/scim', '/health'],
    ['/api/swagger-ui.css', '/scim', '/api/swagger-ui.css'],
    ['/api-json', '/scim', '/api-json'],
    ['http://host.example/scim/Users?x=1', '/scim', '/Users?x=1'],
    ['//Users', '', '/Users'],
    ['//Users///1?filter=a//b', '', '/Users/1?filter=a//b'],
    ['//scim//v2//Users', '/scim', '/Users'],
    ['/v2//Users', '', '/Users'],
  ])('R-014 loses base and version: %s under "%s"', (url, base, expected) => {
    expect(localUrl(url, base)).toBe(expected);
  });

  it.each(['/v1/Users', '/v3', '/v1?x', '/V10/Groups'])(
    'R-014 names a version we do not speak: %s',
    (url) => {
      expect(failure(url, '')).toEqual([400, 'invalidVers']);
    },
  );

  it.each(['/Users', '/', '/scimitar/Users', '/healthy', '/?x'])(
    'is unknown outside of the base: %s',
    (url) => {
      expect(failure(url, '/scim')).toEqual([404, undefined]);
    },
  );
});
