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
 * Decodes once (RFC 7644 §1.2). A `+` is a blank, as form encoders write it, but inside the quoted
 * strings of a filter it is itself: e-mail addresses hold it.
 */
function decode(text: string, name: Name | ''): string {
  const blanks = text.includes('+') ? plusToBlank(text, name === 'filter') : text;
  if (!blanks.includes('%')) return blanks;
  try {
    return decodeURIComponent(blanks);
  } catch {
    throw invalidSyntax('The query of the URL is not percent-encoded UTF-8; encode "%" as "%25".');
  }
}

/** Works on the encoded text, where a quotation mark is `"` or `%22`, and a backslash `\` or `%5C`. */
function plusToBlank(text: string, quotes: boolean): string {
  if (!quotes) return text.replaceAll('+', ' ');
  let quoted = false;
  return text.replace(/%5c(?:%22|%5c|[\s\S])?|\\(?:%22|%5c|[\s\S])?|%22|"|\+/gi, (token) => {
    if (token === '+') return quoted ? '%2B' : ' ';
    const isQuote = token === '"' || token === '%22';
    if (isQuote) quoted = !quoted;
    // An escaped character takes no part: \" does not end a string.
    return token;
  });
}
