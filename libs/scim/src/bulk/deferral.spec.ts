import { describe, expect, it } from 'vitest';
import { deferReferences } from './deferral.js';

const bulkIds = new Set(['a']);

describe('deferReferences (R-261)', () => {
  it('leaves data alone that refers to none of them', () => {
    const data = { members: [{ value: 'bulkId:b' }], title: 'bulkId:' };
    expect(deferReferences(data, bulkIds)).toEqual({ data, link: undefined });
  });

  it('takes out elements, attributes, and attributes of an extension, not the extension', () => {
    const { data, link } = deferReferences(
      {
        displayName: 'x',
        members: [{ value: 'bulkId:a' }, { value: 'b' }],
        owner: { value: 'bulkId:a' },
        boss: 'bulkId:a',
        'URN:x': { manager: { value: 'bulkId:a' }, 'urn:y': { z: 'bulkId:a' }, kept: 1 },
      },
      bulkIds,
    );
    expect(data).toEqual({ displayName: 'x', members: [{ value: 'b' }], 'URN:x': { kept: 1 } });
    expect(link?.Operations).toEqual([
      { op: 'add', path: 'members', value: [{ value: 'bulkId:a' }] },
      { op: 'add', path: 'owner', value: { value: 'bulkId:a' } },
      { op: 'add', path: 'boss', value: 'bulkId:a' },
      { op: 'add', path: 'URN:x:manager', value: { value: 'bulkId:a' } },
      { op: 'add', path: 'URN:x:urn:y', value: { z: 'bulkId:a' } },
    ]);
  });
});
