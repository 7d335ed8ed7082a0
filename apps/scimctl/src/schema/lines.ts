import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

/** The line of a position in a text, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/**
 * The line that a problem of a schema file is about: the member that it names, or the attribute, or
 * the beginning of the file.
 */
export function lineOf(text: string, problem: string): number {
  const root = parseTree(text);
  if (root === undefined) return 1;
  const path = /attribute ([\w$.-]+)/.exec(problem)?.[1];
  const attribute = path === undefined ? undefined : attributeAt(root, path.split('.'));
  const within = attribute ?? root;
  const members = [...problem.matchAll(/"?(\w+)"? /g)].map(([, name]) => name ?? '');
  const member = members
    .map((name) => findNodeAtLocation(within, [name]))
    .find((node) => node !== undefined);
  return lineAt(text, (member ?? within).offset);
}

/** The definition of an attribute by the names that lead to it. */
function attributeAt(parent: Node, names: readonly string[]): Node | undefined {
  let found: Node | undefined = parent;
  for (const name of names) {
    const list: Node | undefined =
      found?.type === 'array'
        ? found
        : found &&
          (findNodeAtLocation(found, ['attributes']) ??
            findNodeAtLocation(found, ['subAttributes']));
    found = list?.children?.find((child) => {
      const value: unknown = findNodeAtLocation(child, ['name'])?.value;
      return typeof value === 'string' && value.toLowerCase() === name.toLowerCase();
    });
  }
  return found;
}
