// RFC 7644 §3.4.2.2; RFC 7643 §2.1 adds `$`, which leads in `$ref` against its own grammar.
const NAME = '[A-Za-z][A-Za-z0-9_-]*';
const LENIENT_NAME = '[A-Za-z$][A-Za-z0-9$_-]*';
const URN = 'urn:[A-Za-z0-9][A-Za-z0-9-]*:';

const STRICT_PATH = path(NAME);
const LENIENT_PATH = path(LENIENT_NAME);
const STRICT_NAME = new RegExp(`^${NAME}$`);
const LENIENT_SUB = new RegExp(`^${LENIENT_NAME}$`);
const MAX_SHOWN = 60;

/**
 * Whether a text can be an attribute path. Where a URN ends and the attribute begins only the
 * schemas know, since URNs hold dots and colons; so only its characters are checked.
 */
export function isPath(text: string, lenient: boolean): boolean {
  return (lenient ? LENIENT_PATH : STRICT_PATH).test(text);
}

/** Whether a text can be the name of a sub-attribute. */
export function isSubPath(text: string, lenient: boolean): boolean {
  return (lenient ? LENIENT_SUB : STRICT_NAME).test(text);
}

/** A client's text for use in a message, cut to a length people read. */
export function clip(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

function path(name: string): RegExp {
  const plain = `${name}(?:\\.${name})?`;
  const qualified = `${URN}[A-Za-z0-9$_.:+%/~*'-]*[A-Za-z0-9$_-]`;
  return new RegExp(`^(?:${plain}|${qualified})$`, 'i');
}
