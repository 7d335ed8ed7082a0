import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { isObject } from '../json.js';
import { ExponentNumber } from './exponent-number.js';
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

  it.each([
    ['{"a":1e3}', 1000],
    ['{"a":-2.5E+10 }', -2.5e10],
    ['{"b":"x, 1e3 ,","a": 1.5e-7}', 1.5e-7],
  ])('R-318 reads the number in %s, and tells that it has an exponent', (text, expected) => {
    const { a } = parseJson(text) as { a: unknown };
    expect(a).toBeInstanceOf(ExponentNumber);
    expect(Number(a)).toBe(expected);
    expect(isObject(a)).toBe(false);
  });

  it('R-318 the rest of such a body is as it is', () => {
    const text = '{"a":["\\"1e3\\"",{"__proto__":[2e0,true]},false,null,"1e3"],"e":1}';
    expect(JSON.parse(JSON.stringify(parseJson(text)))).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":{"b":["x","Jane \\ud83d"]}}', 'a.b[1] holds half a surrogate pair'],
    ['{"\\ude00":1}', 'holds half a surrogate pair'],
    ['{"a":{"\\ud83d":{"b":"\\udfff1e3"}}}', 'holds half a surrogate pair'],
    [`{"a":"a${'\u0301'.repeat(16)}${'\\u0323'.repeat(15)}"}`, 'a holds more than 30 combining'],
  ])('R-320 refuses text that no store could keep: %s', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
    expect(scimType(text)).toBe('invalidValue');
  });

  it('R-320 takes whole pairs, and runs of 30 marks', () => {
    const text = JSON.stringify({ a: '\u{1F600}', b: `e${'\u0301'.repeat(30)}` });
    expect(parseJson(text)).toEqual(JSON.parse(text));
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '\u{1F600}' });
  });

  it.each(['{"a":1,"a":2}', '{"b":[{"a":"","x":":"},{"a":1, "\\u0061" : 2}]}'])(
    'R-325 refuses a key that is given twice: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow('The member "a" is given twice');
    },
  );

  it.each(['{"a":":","b":{"a":1},"c":[{"a":1},{"a":2}]}', '{"":"","__proto__":1,"A":1,"a":2}'])(
    'R-325 takes a key once in each object: %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );

  it('R-326 has limits, which it names', () => {
    const nodes = { most: 1000, setting: 'NODES' };
    expect(() => parseJson(`[${'[],'.repeat(600)}1]`, { nodes })).toThrow('by NODES');
    expect(parseJson(`["${'[],'.repeat(600)}"]`, { nodes })).toHaveLength(1);
    const valueBytes = { most: 10, setting: 'VALUE' };
    expect(() => parseJson('{"a":["ééééé1"]}', { valueBytes })).toThrow(
      'a[0] is longer than 10 bytes, the limit set by VALUE.',
    );
    expect(parseJson('["ééééé"]', { valueBytes })).toEqual(['ééééé']);
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(scimType(deep(101))).toBe('invalidSyntax');
    expect(scimType(deep(100))).toBeUndefined();
  });

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

  it('R-318 finds the number behind strings of any length', () => {
    for (const long of ['x'.repeat(15_000_000), '\\n'.repeat(7_000_000)]) {
      const { b } = parseJson(`{"a":"${long}","b":-2.5e10}`) as { b: unknown };
      expect(b).toBeInstanceOf(ExponentNumber);
    }
  });

  it('reads long strings that look like numbers in one pass', () => {
    const text = JSON.stringify({ a: ' 1e3,'.repeat(200_000), b: '"\\'.repeat(100_000) });
    expect(scimType(text)).toBeUndefined();
  });
});
