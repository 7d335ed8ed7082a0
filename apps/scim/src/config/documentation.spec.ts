import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { STORES } from './stores/stores.js';
import { AccessVariables } from './variables/access.js';
import { EventVariables } from './variables/events.js';
import { GROUPS, SECRET_NAMES, VARIABLE_NAMES } from './variables/groups.js';
import { LimitVariables } from './variables/limits.js';
import { ProtocolVariables } from './variables/protocol.js';
import type { VariableGroup } from './variables/read.js';
import { ServerVariables } from './variables/server.js';
import { TokenVariables } from './variables/tokens.js';

const TITLES = new Map<VariableGroup<object>, string>([
  [AccessVariables, 'Access'],
  [TokenVariables, 'Tokens'],
  [ServerVariables, 'Server'],
  [ProtocolVariables, 'SCIM'],
  [LimitVariables, 'Limits'],
  [EventVariables, 'Events'],
  ...STORES.map(({ name, variables }) => [variables, `Store: ${name}`] as const),
]);

const HEAD = `# Configuration

Every variable of the environment that the service reads; README has those that most people need. This
page is made from the code: \`npm run docs:configuration\`.

Everything has a default: without any variable the service keeps flat files and takes the key \`secret\`
from this machine alone. Whatever is wrong stops the start, all of it named at once. A secret may come
from a file as well: \`<NAME>_FILE\` is the path of one. \`npm run check:config\` tells what would be used,
and starts nothing.
`;

/** What the source says of a class of variables: its own description, and those of its members. */
interface Described {
  readonly about: string;
  readonly members: ReadonlyMap<string, { readonly meaning: string; readonly values: string }>;
}

function describe(group: VariableGroup<object>): Described {
  const folder = TITLES.get(group)?.startsWith('Store') ? 'stores' : 'variables';
  const files = ts.sys.readDirectory(join(import.meta.dirname, folder), ['.ts']);
  for (const file of files) {
    const source = ts.createSourceFile(
      file,
      readFileSync(file, 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const found = source.statements.find(
      (one): one is ts.ClassDeclaration =>
        ts.isClassDeclaration(one) && one.name?.text === group.name,
    );
    if (found !== undefined) return describedBy(found, source);
  }
  throw new Error(`the source of ${group.name} was not found`);
}

function describedBy(found: ts.ClassDeclaration, source: ts.SourceFile): Described {
  const constants = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isStringLiteralLike(initializer)) {
        constants.set(name.getText(), initializer.text);
      }
    }
  }
  const members = found.members.filter(ts.isPropertyDeclaration).map((member) => {
    const values = (ts.getDecorators(member) ?? []).map(({ expression }) =>
      ts.isCallExpression(expression) ? valuesOf(expression, constants) : '',
    );
    return [member.name.getText(), { meaning: docOf(member), values: values.join('') }] as const;
  });
  return { about: docOf(found), members: new Map(members) };
}

function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  const text = doc && ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : undefined;
  return (text ?? '').replaceAll(/\s+/g, ' ').trim();
}

function valuesOf(
  { expression, arguments: given }: ts.CallExpression,
  constants: ReadonlyMap<string, string>,
): string {
  const [first, second] = given;
  const literal = (node: ts.Node) => node.getText().replaceAll('_', '');
  switch (expression.getText()) {
    case 'Flag':
      return '`true` or `false`';
    case 'Choice':
      return first && ts.isArrayLiteralExpression(first)
        ? first.elements.map((one) => `\`${ts.isStringLiteral(one) ? one.text : ''}\``).join(', ')
        : '';
    case 'WholeNumber':
      if (first === undefined) return '';
      return second === undefined
        ? `a number, ${literal(first)} or more`
        : `a number from ${literal(first)} to ${literal(second)}`;
    case 'Names':
      return 'names, separated by commas';
    case 'Parsed':
      if (first === undefined) return '';
      if (ts.isStringLiteralLike(first)) return first.text;
      return constants.get(first.getText()) ?? '';
    default:
      return '';
  }
}

/** A default as one would write it into the environment. */
function written(value: unknown): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
    return '';
  const text = Array.isArray(value)
    ? value.join(',')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  return text === '{}' ? '' : `\`${text}\``;
}

function sectionOf(group: VariableGroup<object>): string {
  const { about, members } = describe(group);
  const defaults = new Map<string, unknown>(Object.entries(new group()));
  const rows = [...members].map(([name, { meaning, values }]) => {
    const secret = SECRET_NAMES.includes(name) ? ' A secret.' : '';
    const cells = [`\`${name}\``, meaning + secret, values, written(defaults.get(name))];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = ['| variable | meaning | values | default |', '| --- | --- | --- | --- |'];
  return [`## ${TITLES.get(group)}`, '', about, '', ...head, ...rows, ''].join('\n');
}

it('has a page that tells every variable, as the code describes it', async () => {
  const page = [HEAD, ...GROUPS.map(sectionOf)].join('\n');
  for (const name of VARIABLE_NAMES) expect(page).toContain(`| \`${name}\` |`);
  await expect(page).toMatchFileSnapshot('../../../../docs/configuration.md');
});

it('is told by the README as far as it goes: of nothing that is not there', () => {
  const readme = readFileSync('README.md', 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| `[A-Z]/.test(line));
  const told = rows.flatMap((row) => (row.split('|')[1] ?? '').match(/[A-Z][A-Z_]+/g) ?? []);
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter((name) => !VARIABLE_NAMES.includes(name))).toEqual([]);
});
