import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { MessageUrn } from '../urns.js';
import { parsePatchMessage } from './message.js';

const schemas = [MessageUrn.PatchOp];
const lenient = { lenient: true };

function scimTypeOf(body: unknown, options = lenient): string | undefined {
  try {
    parsePatchMessage(body, options);
  } catch (error) {
    if (error instanceof ScimError) return error.scimType;
    throw error;
  }
  return 'accepted';
}

const one = (operation: unknown) => ({ schemas, Operations: [operation] });

describe('PatchOp message', () => {
  it.each([
    ['no schemas', { Operations: [{ op: 'remove', path: 'title' }] }],
    [
      'another URN',
      { schemas: [MessageUrn.BulkRequest], Operations: [{ op: 'remove', path: 'a' }] },
    ],
    ['schemas: [null]', { schemas: [null], Operations: [{ op: 'remove', path: 'a' }] }],
    ['schemas as a string', { schemas: MessageUrn.PatchOp, Operations: [] }],
  ])('R-187 refuses %s', (_name, body) => {
    expect(scimTypeOf(body)).toBe('invalidSyntax');
  });

  it.each([
    ['missing', { schemas }],
    ['null', { schemas, Operations: null }],
    ['empty', { schemas, Operations: [] }],
    ['an object', { schemas, Operations: {} }],
    ['[null]', { schemas, Operations: [null] }],
    ['[[]]', { schemas, Operations: [[]] }],
    ['["add"]', { schemas, Operations: ['add'] }],
    ['named twice', { schemas, Operations: [{ op: 'add' }], operations: [{ op: 'add' }] }],
  ])('R-188 refuses Operations that are %s', (_name, body) => {
    expect(scimTypeOf(body)).toBe('invalidSyntax');
  });

  it.each([
    ['move', { op: 'move', path: 'title', value: 'x' }],
    ['none', { path: 'title', value: 'x' }],
    ['null', { op: null, path: 'title', value: 'x' }],
    ['a number', { op: 1, path: 'title', value: 'x' }],
    ['given twice', { op: 'add', Op: 'remove', path: 'title', value: 'x' }],
  ])('R-188 refuses an op that is %s', (_name, operation) => {
    expect(scimTypeOf(one(operation))).toBe('invalidSyntax');
  });

  it.each([null, undefined, 1, 'x', []])('refuses the body %j', (body) => {
    expect(scimTypeOf(body)).toBe('invalidSyntax');
  });

  it.each(['Add', 'Replace', 'ADD'])('R-189 takes op %s, unless strict', (op) => {
    const body = one({ op, path: 'title', value: 'x' });
    expect(parsePatchMessage(body, lenient)).toEqual([
      { op: op.toLowerCase(), capitalised: true, path: 'title', value: 'x' },
    ]);
    expect(scimTypeOf(body, { lenient: false })).toBe('invalidSyntax');
  });

  it('R-189 finds "operations" and the keys of an operation in any case', () => {
    const body = { Schemas: schemas, operations: [{ OP: 'Remove', Path: 'title' }] };
    expect(parsePatchMessage(body, lenient)).toEqual([
      { op: 'remove', path: 'title', value: undefined },
    ]);
  });

  it.each(['add', 'replace'])('R-208 R-244 refuses %s without a value', (op) => {
    expect(scimTypeOf(one({ op, path: 'title' }))).toBe('invalidValue');
    expect(scimTypeOf(one({ op }))).toBe('invalidValue');
  });

  it('R-221 refuses remove without a path', () => {
    expect(scimTypeOf(one({ op: 'remove' }))).toBe('noTarget');
    expect(scimTypeOf(one({ op: 'remove', path: null, value: { title: 'x' } }))).toBe('noTarget');
  });

  it.each([[[]], [{}], [1], [true]])('refuses the path %j', (path) => {
    expect(scimTypeOf(one({ op: 'add', path, value: 1 }))).toBe('invalidSyntax');
  });

  it('ignores keys that mean nothing, also __proto__', () => {
    const body = JSON.parse(
      `{"schemas":["${MessageUrn.PatchOp}"],"__proto__":{"a":1},"x":1,
        "Operations":[{"name":"addTitle","__proto__":{"op":"move"},"op":"add","path":"title","value":"x"}]}`,
    );
    expect(parsePatchMessage(body, lenient)).toEqual([
      { op: 'add', capitalised: false, path: 'title', value: 'x' },
    ]);
    expect(
      scimTypeOf(
        JSON.parse(
          `{"schemas":["${MessageUrn.PatchOp}"],"Operations":[{"__proto__":{"op":"add","value":1}}]}`,
        ),
      ),
    ).toBe('invalidSyntax');
  });
});
