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

  it('R-052 finds the number behind strings of any length, and names it', () => {
    for (const long of ['x'.repeat(15_000_000), '\\n'.repeat(7_000_000)]) {
      expect(() => parseJson(`{"a":"${long}","b":-2.5e10}`)).toThrow('-2.5e10 without');
    }
  });

  it('reads long strings that look like numbers in one pass', () => {
    const text = JSON.stringify({ a: ' 1e3,'.repeat(200_000), b: '"\\'.repeat(100_000) });
    expect(scimType(text)).toBeUndefined();
  });
});
