import { invalidCount, invalidSyntax, invalidValue } from '#scim';

/** The query parameters of RFC 7644 §3.4.2 and §3.9, and RFC 9865 §2, as the client wrote them. */
export interface ListQuery {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly sortOrder?: string;
  readonly startIndex?: number;
  readonly count?: number;
  /** Empty: the first page by cursor. */
  readonly cursor?: string;
  /** Comma-separated. */
  readonly attributes?: string;
  readonly excludedAttributes?: string;
}

const NAMES = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;
type Name = (typeof NAMES)[number];

/** Names in lower case: Entra sends `startindex`. */
const BY_LOWER_NAME: ReadonlyMap<string, Name> = new Map(
  NAMES.map((name) => [name.toLowerCase(), name]),
);

const NONE: ListQuery = Object.freeze({});

/**
 * Reads the parameters from a URL. Unknown ones are ignored; repeated lists of attributes are
 * joined, anything else that is given twice is refused.
 * @param cursorsByDefault whether a query without `startIndex` is paged by cursor
 * @throws ScimError invalidSyntax, invalidValue, invalidCount
 */
export function parseListQuery(url: string, cursorsByDefault: boolean): ListQuery {
  const start = url.indexOf('?');
  if (start === -1 || start === url.length - 1) return NONE;
  const texts: Partial<Record<Name, string>> = {};
  for (const part of url.slice(start + 1).split('&')) {
    const equals = part.indexOf('=');
    const rawName = equals === -1 ? part : part.slice(0, equals);
    const name = BY_LOWER_NAME.get(decode(rawName, '').toLowerCase());
    if (name === undefined) continue;
    const text = decode(equals === -1 ? '' : part.slice(equals + 1), name);
    const given = texts[name];
    if (given === undefined) texts[name] = text;
    else if (name === 'attributes' || name === 'excludedAttributes') texts[name] += `,${text}`;
    else throw invalidValue(`The parameter ${name} is given twice; give it once.`);
  }
  const { startIndex, count, ...strings } = texts;
  const byCursor = texts.cursor !== undefined || (cursorsByDefault && startIndex === undefined);
  return {
    ...strings,
    ...(startIndex === undefined ? {} : { startIndex: integer('startIndex', startIndex, false) }),
    ...(count === undefined ? {} : { count: integer('count', count, byCursor) }),
  };
}

function integer(name: Name, text: string, byCursor: boolean): number {
  const trimmed = text.trim();
  if (!/^[+-]?\d+$/.test(trimmed)) {
    const message = `The parameter ${name} has to be a whole number.`;
    throw byCursor ? invalidCount(message) : invalidValue(message);
  }
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.min(Math.max(Number(trimmed), -limit), limit);
}

/**
 * Decodes once (RFC 7644 §1.2). A `+` is a blank, as form encoders write it; in a filter it may be
 * itself, see `plusInFilter`.
 */
function decode(text: string, name: Name | ''): string {
  let blanks = text;
  if (text.includes('+')) {
    blanks = name === 'filter' ? plusInFilter(text) : text.replaceAll('+', ' ');
  }
  if (!blanks.includes('%')) return blanks;
  try {
    return decodeURIComponent(blanks);
  } catch {
    throw invalidSyntax('The query of the URL is not percent-encoded UTF-8; encode "%" as "%25".');
  }
}

/** A quotation mark is `"` or `%22`, a backslash `\\` or `%5C`; an escaped character takes no part. */
const QUOTES_AND_PLUSES = /%5c(?:%22|%5c|[\s\S])?|\\(?:%22|%5c|[\s\S])?|%22|"|\+/gi;

/**
 * Who writes the blanks of a filter as `+` encodes it as a form: a plus came as `%2B` then, and every
 * `+` is a blank, inside quoted strings as well (Entra, authentik, Go, Java, curl). Who writes `%20`
 * leaves a plus as it is (RFC 3986), and e-mail addresses hold it. Outside of quoted strings a filter
 * has no plus of its own, so one found there tells.
 */
function plusInFilter(text: string): string {
  let quoted = false;
  for (const [token] of text.matchAll(QUOTES_AND_PLUSES)) {
    if (token === '"' || token === '%22') quoted = !quoted;
    else if (token === '+' && !quoted) return text.replaceAll('+', ' ');
  }
  return text;
}
