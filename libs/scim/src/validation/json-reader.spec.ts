import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { parseJson } from './json-reader.js';

function scimType(text: string): string | undefined {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof ScimError) return error.scimType;
    throw error;
  }
  return undefined;
}

describe('parseJson', () => {
  it.each(['{"userName":', 'test', '', "{'a':1}", '{"a":01}'])('R-009 refuses %j', (text) => {
    expect(scimType(text)).toBe('invalidSyntax');
  });

  it.each(['{"a":1e3}', '{"a":[1, -2.5E+10 ]}', '{"b":"x, 1e3 ,","a": 1E2 }', '[0e0]'])(
    'R-052 refuses the number in %s',
    (text) => {
      expect(scimType(text)).toBe('invalidValue');
    },
  );

  it.each([
    '{"a":"1e3"}',
    '{"a":" 1e3 ,","b":"\\" ,1e5}"}',
    '{"a":"[1e3]"}',
    '{"a":"123e4567-e89b-12d3"}',
    '{"a":1000.5}',
    '\ufeff{"a":1}',
  ])('reads %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text.replace('\ufeff', '')));
  });

  it('takes no time for long strings that look like numbers', () => {
    const text = JSON.stringify({ a: ' 1e3,'.repeat(200_000), b: '"\\'.repeat(100_000) });
    const start = performance.now();
    expect(scimType(text)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
