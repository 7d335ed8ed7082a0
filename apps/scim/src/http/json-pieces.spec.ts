import { expect, it } from 'vitest';
import { jsonPieces } from './json-pieces.js';

const members = (size: number) => Array.from({ length: size }, (_, i) => ({ value: `"${i}é` }));

it.each([0, 1, 500, 501, 1000, 1001])('R-342 an answer is the same in pieces, with %i', (size) => {
  const group = { id: 'a', members: members(size), 'odd "name"': { x: 1 }, last: members(size) };
  expect([...jsonPieces(group)].join('')).toBe(JSON.stringify(group));
});

it('R-342 no piece grows with a list', () => {
  const longest = (size: number) =>
    Math.max(...[...jsonPieces({ members: members(size) })].map(({ length }) => length));
  expect(longest(9999)).toBe(longest(5000));
});
