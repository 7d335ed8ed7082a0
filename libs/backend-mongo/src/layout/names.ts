import { hash } from 'node:crypto';

/**
 * Names of members as documents hold them: MongoDB takes a dot for a step and a dollar in front for
 * an operator, and knows no NUL. `_scim` and `_id` are not the client's.
 */
export function storedName(name: string): string {
  const escaped = name.replaceAll(SPECIAL, (char) => ESCAPES[char] ?? char);
  return RESERVED.test(escaped) ? `%5F${escaped.slice(1)}` : escaped;
}

/** What `storedName` was made of. */
export function plainName(name: string): string {
  return name.includes('%') ? name.replaceAll(ESCAPED, (text) => UNESCAPES[text] ?? text) : name;
}

const SPECIAL = /[%.$\0]/g;
const ESCAPED = /%(?:25|2E|24|00|5F)/g;
const RESERVED = /^_(?:id|scim)$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '%': '%25',
  '.': '%2E',
  $: '%24',
  '\0': '%00',
};
const UNESCAPES: Readonly<Record<string, string>> = {
  '%25': '%',
  '%2E': '.',
  '%24': '$',
  '%00': '\0',
  '%5F': '_',
};

/** Name of an index: MongoDB takes long ones, but people have to read them. */
export function indexName(...parts: readonly string[]): string {
  const name = parts.join('_').replaceAll(/\W+/g, '_');
  return name.length <= 100
    ? name
    : `${name.slice(0, 90)}_${hash('sha1', name, 'hex').slice(0, 8)}`;
}

/** Bytes of a database's and a collection's name together that every version takes. */
const LONGEST_NAMESPACE = 120;

/** @throws Error saying why the database cannot have a collection of this name */
export function checkCollectionName(database: string, name: string): void {
  const why = /[$\0]/.test(name)
    ? 'it holds a $ or NUL'
    : name === '' || name.startsWith('system.') || name.startsWith('.') || name.endsWith('.')
      ? 'it is empty, or begins with "system.", or begins or ends with a dot'
      : Buffer.byteLength(`${database}.${name}`) > LONGEST_NAMESPACE
        ? `with the name of the database it is longer than ${LONGEST_NAMESPACE} bytes`
        : undefined;
  if (why !== undefined) {
    throw new Error(
      `MongoDB cannot have a collection ${JSON.stringify(name.slice(0, 80))}: ${why}.`,
    );
  }
}
