import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, idOfFileName, isResourceName } from './names.js';

describe('file names', () => {
  it.each([
    ['641df91b-81b5-4333-84b2-4bfb7c008ba4', '641df91b-81b5-4333-84b2-4bfb7c008ba4'],
    ['jane@example.org', 'jane@example.org'],
    ['Zo\u00eb', 'Zo\u00eb'],
    ['urn:collab:person:x', 'urn%3Acollab%3Aperson%3Ax'],
    ['<a>|"b"?*', '%3Ca%3E%7C%22b%22%3F%2A'],
    ['a.', 'a%2E'],
    ['a b ', 'a b%20'],
    ['nul', '%6Eul'],
    ['COM1.txt', '%43OM1.txt'],
    ['console', 'console'],
    ['..', '%2E%2E'],
    ['.scim', '%2Escim'],
    ['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
    ['a/b\\c', 'a%2Fb%5Cc'],
    ['a\0b\nc', 'a%00b%0Ac'],
    ['%2e', '%252e'],
  ])('R-406 of %j is %j', (id, name) => {
    expect(fileNameOf(id)).toBe(name);
  });

  it('are safe, differ for ids that differ, and lead back to the id', () => {
    const ids = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
    const hostile = fc.string({
      minLength: 1,
      unit: fc.constantFrom('.', '/', '%', '2', 'e', '\0', 'con', ' ', '*'),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          ids,
          hostile.filter((id) => id.length < 70),
        ),
        (id) => {
          const name = fileNameOf(id);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
          expect(name).not.toMatch(/^\.|[/\\<>:"|?*\u0000-\u001f]|[. ]$|^con(\.|$)/);
          expect(isResourceName(name)).toBe(true);
          expect(idOfFileName(name)).toBe(id);
        },
      ),
    );
  });

  it.each(['', 'x'.repeat(231), '\u00e9'.repeat(116), 'a\ud800b'])('are refused for %j', (id) => {
    expect(() => fileNameOf(id)).toThrow(expect.objectContaining({ code: 'invalid-id' }));
  });
});
