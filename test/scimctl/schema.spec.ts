import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimctl } from '../support/scimctl.js';
import { removeFolder, scratchFolder } from '../support/scratch.js';

const URN = 'urn:example:params:scim:schemas:extension:pets:1.0:User';
const GOOD = `{
  "id": "${URN}",
  "attributes": [
    { "name": "dogs", "type": "string", "multiValued": true },
    {
      "name": "cat",
      "type": "complex",
      "subAttributes": [
        { "name": "name", "type": "string" }
      ]
    }
  ]
}
`;

let folder: string;
beforeAll(() => {
  folder = scratchFolder('scim-schemas-');
  mkdirSync(join(folder, 'extensions', 'User'), { recursive: true });
});
afterAll(() => removeFolder(folder));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('scimctl schema validate', () => {
  it('R-610 says of a file in which nothing is wrong that it is so', async () => {
    const { code, stdout } = await scimctl('schema', 'validate', file('pets.json', GOOD));
    expect([code, stdout]).toEqual([0, '1 file, nothing is wrong\n']);
  });

  it.each([
    ['a type that is none', GOOD.replace('"type": "complex"', '"type": "compound"'), 7, 'compound'],
    ['an unknown member', GOOD.replace('"multiValued": true', '"many": true'), 4, 'many'],
    [
      'a fault deep inside',
      GOOD.replace('"type": "string" }\n', '"type": "strong" }\n'),
      9,
      'strong',
    ],
    ['an id that is no URN', GOOD.replace(URN, 'pets'), 2, 'not a URN'],
    ['a comma too many', GOOD.replace('true },', 'true },,'), 4, 'not JSON'],
  ])('R-610 tells the line of %s', async (_what, text, line, words) => {
    const path = file('pets.json', text);
    const { code, stdout } = await scimctl('schema', 'validate', path);
    const [first = '', ...rest] = stdout.trim().split('\n');
    expect(code).toBe(1);
    expect(first.startsWith(`${path}:${line}: `), first).toBe(true);
    expect(first).toContain(words);
    expect(rest.at(-1)).toMatch(/found$/);
  });

  it('R-610 reads a folder as SCHEMA_PATH names one, and answers in JSON', async () => {
    const names = ['extensions/User/pets.json', 'extensions/User/more.json', 'stray.json'];
    for (const name of names) file(name, GOOD);
    const { code, stdout } = await scimctl('--json', 'schema', 'validate', folder);
    expect(code).toBe(1);
    const { files, problems } = JSON.parse(stdout);
    expect(files).toBeGreaterThanOrEqual(3);
    const told = problems.map((one: { file: string; problem: string }) => one);
    expect(told).toContainEqual({
      file: 'stray.json',
      line: 1,
      problem: expect.stringContaining('lies in none of'),
    });
    expect(JSON.stringify(told)).toContain(`has the id ${URN}`);
  });

  it('R-610 a path that is not there is a fault of the command line', async () => {
    const { code, stderr } = await scimctl('schema', 'validate', join(folder, 'none'));
    expect(code).toBe(2);
    expect(stderr).toContain('none cannot be read: ENOENT');
  });
});
