import { describe, expect, it } from 'vitest';
import { parseFilterSyntax } from '../filter/parser.js';
import { resolveValueFilter } from '../filter/resolve.js';
import type { JsonObject } from '../json.js';
import { applyPatch } from './apply.js';
import type { RelationDelta } from './delta.js';
import { compilePatch, type PatchPlan } from './plan.js';
import { selectedValues } from './terms.js';
import { Group, group, LENIENT, patchOp, Team, User, user } from './testing/patches.js';

const plan = (...operations: readonly unknown[]): PatchPlan =>
  compilePatch(patchOp(...operations), Group, LENIENT);

const delta = (add: readonly string[], remove: readonly string[]): RelationDelta[] => [
  { relation: 'members', add: add.map((value) => ({ value })), remove },
];

/** What a store does with a delta. */
function applyDeltas(resource: JsonObject, deltas: readonly RelationDelta[]): JsonObject {
  return deltas.reduce((state, { relation, add, remove }) => {
    const operations = [
      ...(add.length > 0 ? [{ op: 'add', path: relation, value: add }] : []),
      ...remove.map((value) => ({ op: 'remove', path: `${relation}[value eq "${value}"]` })),
    ];
    return applyPatch(plan(...operations), state);
  }, resource);
}

describe('relation deltas (R-253)', () => {
  it.each([
    [
      'add',
      [{ op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'b', display: 'B' }] }],
      delta(['a', 'b'], []),
    ],
    [
      'add without path',
      [{ op: 'Add', value: { members: [{ value: 'a', $ref: null }] } }],
      delta(['a'], []),
    ],
    ['remove by filter', [{ op: 'remove', path: 'members[value eq "a"]' }], delta([], ['a'])],
    [
      'remove by several',
      [{ op: 'remove', path: 'MEMBERS[VALUE eq "a" or value eq "b" or (value eq "c")]' }],
      delta([], ['a', 'b', 'c']),
    ],
    [
      'remove by list',
      [{ op: 'Remove', path: 'members', value: [{ value: 'a' }, { value: 'b' }] }],
      delta([], ['a', 'b']),
    ],
    [
      'both',
      [
        { op: 'add', path: 'members', value: { value: 'a' } },
        { op: 'remove', path: 'members[value eq "b"]' },
      ],
      delta(['a'], ['b']),
    ],
    [
      'the last word on a value',
      [
        { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'b' }] },
        { op: 'remove', path: 'members', value: [{ value: 'a' }, { value: 'c' }] },
        { op: 'add', path: 'members', value: [{ value: 'c' }] },
      ],
      delta(['b', 'c'], ['a']),
    ],
  ])('recognises %s', (_name, operations, expected) => {
    const { deltas, touches } = plan(...operations);
    expect(deltas).toEqual(expected);
    expect([...touches]).toEqual(['members']);
  });

  it.each([
    ['replace', { op: 'replace', path: 'members', value: [{ value: 'a' }] }],
    ['remove of all', { op: 'remove', path: 'members' }],
    ['another filter', { op: 'remove', path: 'members[type eq "User"]' }],
    ['a narrower filter', { op: 'remove', path: 'members[value eq "a" and type eq "User"]' }],
    ['a wider filter', { op: 'remove', path: 'members[value eq "a" or type eq "User"]' }],
    ['a prefix', { op: 'remove', path: 'members[value sw "a"]' }],
    ['a negation', { op: 'remove', path: 'members[not (value eq "a")]' }],
  ])('does not take %s for one', (_name, operation) => {
    const alone = plan(operation);
    expect(alone.deltas).toBeUndefined();
    const mixed = plan({ op: 'add', path: 'members', value: { value: 'b' } }, operation);
    expect(mixed.deltas).toBeUndefined();
    expect(mixed.touches.has('members')).toBe(true);
  });

  it('needs nothing where nothing is to be done', () => {
    const { deltas, touches } = plan({ op: 'add', path: 'members', value: [] });
    expect([deltas, touches.size]).toEqual([undefined, 0]);
  });

  it('does not take a request for one that also renames the group', () => {
    const { deltas, touches } = plan(
      { op: 'replace', value: { id: 'x', displayName: 'New' } },
      { op: 'add', path: 'members', value: [{ value: 'a' }] },
    );
    expect(deltas).toBeUndefined();
    expect([...touches]).toEqual(['displayName', 'members']);
  });

  it('deltas do what the whole plan does', () => {
    const before = group({ members: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] });
    const operations = [
      { op: 'remove', path: 'members[value eq "b"]' },
      { op: 'add', path: 'members', value: [{ value: 'd' }, { value: 'a' }] },
      { op: 'remove', path: 'members', value: [{ value: 'd' }] },
      { op: 'add', path: 'members', value: [{ value: 'e' }] },
    ];
    const whole = plan(...operations);
    const expected = group({ members: [{ value: 'a' }, { value: 'c' }, { value: 'e' }] });
    expect(applyPatch(whole, before)).toEqual(expected);
    expect(applyDeltas(before, whole.deltas ?? [])).toEqual(expected);
  });

  it('R-253 compiles 10,000 additions and applies them to 10,000 members', () => {
    const list = (from: number) =>
      Array.from({ length: 10_000 }, (_, i) => ({ value: `m${from + i}` }));
    const many = plan({ op: 'add', path: 'members', value: list(5_000) });
    const result = applyPatch(many, group({ members: list(0) }));
    expect(result.members).toHaveLength(15_000);
  });

  it('the first of two additions counts, as it does for what is there', () => {
    const add = (value: unknown) => ({ op: 'add', path: 'members', value });
    expect(plan(add({ value: 'a', type: 'User' }), add('a')).deltas).toEqual([
      { relation: 'members', add: [{ value: 'a', type: 'User' }], remove: [] },
    ]);
  });

  it('R-303 what gives a relation as a whole first does not ask what it held', () => {
    const members = [{ value: 'a' }];
    const whole = { op: 'replace', path: 'members', value: members };
    const add = { op: 'add', path: 'members', value: [{ value: 'b' }] };
    const part = { op: 'replace', path: 'members[value eq "a"].type', value: 'User' };
    const named = { op: 'replace', value: { displayName: 'x', members } };
    const restated = (...operations: readonly unknown[]) => [...plan(...operations).restates];
    expect(restated(whole, add)).toEqual(['members']);
    expect(restated(named)).toEqual(['members']);
    expect(restated({ op: 'remove', path: 'members' })).toEqual(['members']);
    expect(restated(add, whole)).toEqual([]);
    expect(restated(part)).toEqual([]);
    expect(restated({ op: 'replace', path: 'displayName', value: 'x' })).toEqual([]);
  });

  it('a relation that must not become empty has to be read', () => {
    const remove = { op: 'remove', path: 'players[value eq "a"]' };
    const { deltas, touches } = compilePatch(patchOp(remove), Team, LENIENT);
    expect([deltas, [...touches]]).toEqual([undefined, ['players']]);
  });

  it('values that compare without case cannot be told from the filter', () => {
    const emails = User.attributes.get('emails');
    const members = Group.attributes.get('members');
    const select = (attribute = members) => {
      const value = attribute?.subByName.get('value');
      if (attribute === undefined || value === undefined) throw new Error('no value');
      const filter = resolveValueFilter(parseFilterSyntax('value eq "a"'), attribute);
      return selectedValues(filter, value);
    };
    expect([select(members), select(emails)]).toEqual([['a'], undefined]);
  });

  it('users have no relations', () => {
    const { deltas, touches } = compilePatch(
      patchOp({ op: 'add', path: 'emails', value: [{ value: 'a' }] }),
      User,
      LENIENT,
    );
    expect([deltas, [...touches]]).toEqual([undefined, ['emails']]);
    expect(user().userName).toBe('ada');
  });
});
