import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Text of every test title in the repository: the first argument of it, test and describe. */
function titles(): string {
  const specs = ['apps', 'libs', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          /(\.spec|\.suite|\.run|\/src\/[a-z-]+)\.ts$/.test(name) && !name.includes('node_modules'),
      )
      .map((name) => join(folder, name)),
  );
  const title = /\b(?:it|test|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['"`])([\s\S]*?)\1/g;
  return specs
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(title)].map((match) => match[2]))
    .join('\n');
}

/** Numbers named in a text: `R-084`, `R-084, R-085`, and ranges `R-110..R-113`. */
function named(text: string): Set<string> {
  const numbers = new Set(text.match(/R-\d{3}/g) ?? []);
  for (const [, from, to] of text.matchAll(/R-(\d{3})(?:\.\.|–)(?:R-)?(\d{3})/g)) {
    for (let n = Number(from); n <= Number(to); n++) numbers.add(`R-${String(n).padStart(3, '0')}`);
  }
  return numbers;
}

it('every requirement of docs/requirements.md is named by a test', () => {
  const required = [...readFileSync('docs/requirements.md', 'utf8').matchAll(/^- (R-\d{3})/gm)];
  const proved = named(titles());
  const missing = required.map((match) => match[1] ?? '').filter((number) => !proved.has(number));
  expect(required.length).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});
