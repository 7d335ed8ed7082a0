import type { Attributes } from '../port/directory.js';
import type { ServerAttribute } from '../server/server-schema.js';
import { foldBlanks } from './dn.js';

/**
 * What values an attribute's syntax takes (RFC 4517 §3.3), and how they are written. A value that a
 * syntax refuses is kept elsewhere, so in doubt the answer is no.
 */

const SYNTAX = '1.3.6.1.4.1.1466.115.121.1.';
const JPEG_PREFIX = 'data:image/jpeg;base64,';

/** Forms of values that no syntax tells; a layout gives them to attributes of its own. */
export const FORM = {
  /** The bits of userAccountControl, of which one says whether the account is disabled. */
  account: 'account',
  /** `smtp:jane@example.org` among addresses of other kinds. */
  address: 'address',
  /** The name of an account with its domain. */
  principal: 'principal',
  /** The name of an account as it was before Windows 2000. */
  accountName: 'account name',
  /** Shown where there is nothing better, and never written. */
  shown: 'shown',
} as const;

/** What names of accounts do not hold, and those beyond 20 letters. */
const ACCOUNT_NAME = /^(?!.*[.\s]$)[^"/\\[\]:;|=,+*?<>@]{1,20}$/;
const DISABLED = 2;
const ADDRESS_PREFIX = 'smtp:';

/** Whether a server takes the value, and gives it back as it is. */
export function fits(syntax: string | undefined, value: string): boolean {
  if (value === '') return false;
  switch (syntax) {
    case FORM.account:
      return value === 'true' || value === 'false';
    case FORM.address:
      return isClean(value);
    case FORM.principal:
      return isClean(value) && value.includes('@');
    case FORM.accountName:
      return isClean(value) && ACCOUNT_NAME.test(value);
    case FORM.shown:
      return false;
  }
  switch (syntax?.startsWith(SYNTAX) ? syntax.slice(SYNTAX.length) : undefined) {
    case '15': // Directory String
      return isClean(value);
    case '26': // IA5 String
      return /^[\x20-\x7e]+$/.test(value) && isClean(value);
    case '44': // Printable String
      return /^[A-Za-z0-9'()+,./:? =-]+$/.test(value) && isClean(value);
    case '50': // Telephone Number
      return /^[A-Za-z0-9'()+,./:? -]*[0-9][A-Za-z0-9'()+,./:? -]*$/.test(value) && isClean(value);
    case '36': // Numeric String
      return /^[0-9 ]+$/.test(value) && isClean(value);
    case '40': // Octet String
      return !SURROGATE.test(value);
    case '28': // JPEG
      return isJpeg(value);
    default:
      return false;
  }
}

/** No control characters, whole surrogates, and something besides blanks. */
function isClean(value: string): boolean {
  return !SURROGATE.test(value) && !CONTROL.test(value) && foldBlanks(value) !== '';
}

/** Half of a pair, which has no UTF-8. */
const SURROGATE = /\p{Cs}/u;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\ufeff\ufffc\ufffd]/;

function isJpeg(value: string): boolean {
  if (!value.startsWith(JPEG_PREFIX)) return false;
  const text = value.slice(JPEG_PREFIX.length);
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8 && bytes.toString('base64') === text;
}

export function toOctets(syntax: string | undefined, value: string): Buffer {
  switch (syntax) {
    case `${SYNTAX}28`:
      return Buffer.from(value.slice(JPEG_PREFIX.length), 'base64');
    case FORM.account:
      return Buffer.from(String(NORMAL_ACCOUNT | (value === 'true' ? 0 : DISABLED)));
    case FORM.address:
      return Buffer.from(ADDRESS_PREFIX + value);
    default:
      return Buffer.from(value, 'utf8');
  }
}

const NORMAL_ACCOUNT = 512;

/** Undefined for what is of another kind. */
function fromOctets(syntax: string | undefined, octets: Buffer): string | undefined {
  const text = octets.toString('utf8');
  switch (syntax) {
    case `${SYNTAX}28`:
      return JPEG_PREFIX + octets.toString('base64');
    case FORM.account:
      return String((Number(text) & DISABLED) === 0);
    case FORM.address:
      return text.toLowerCase().startsWith(ADDRESS_PREFIX)
        ? text.slice(ADDRESS_PREFIX.length)
        : undefined;
    default:
      return text;
  }
}

export function valuesOf(attribute: ServerAttribute, attributes: Attributes): readonly string[] {
  return (attributes.get(attribute.name) ?? []).flatMap(
    (value) => fromOctets(attribute.syntax, value) ?? [],
  );
}

/**
 * The octets of an attribute that hold these values, with what the attribute holds besides: the
 * other bits of an account, and addresses of other kinds.
 */
export function octetsOf(
  { name, syntax }: ServerAttribute,
  values: readonly string[],
  before: Attributes | undefined,
): readonly Buffer[] {
  const octets = values.map((value) => toOctets(syntax, value));
  const present = before?.get(name) ?? [];
  if (syntax === FORM.address) {
    return [...octets, ...present.filter((one) => fromOctets(syntax, one) === undefined)];
  }
  if (syntax !== FORM.account || present[0] === undefined) return octets;
  const others = Number(present[0].toString()) & ~DISABLED;
  return values.map((value) => Buffer.from(String(others | (value === 'true' ? 0 : DISABLED))));
}

/**
 * Equal for values that any matching rule of a server might take for one, and an attribute cannot
 * hold twice: coarser than all of them.
 */
export function coarse(value: string): string {
  const folded = value.normalize('NFKD').toLowerCase().normalize('NFKD');
  return folded.replace(/[\p{M}\p{C}\s-]+/gu, '') || value;
}

/**
 * Whether a server's caseIgnoreMatch is sure to find the text by each text that SCIM takes for
 * equal: letters whose lower case is simple, and has been in Unicode since long before LDAP servers
 * took their tables from it. Not among them are dotless and long letters, the final sigma,
 * combining marks and compatibility forms.
 */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

const PLAIN =
  /^[\x20-\x7e\u00c0-\u00d6\u00d8-\u00de\u00e0-\u00f6\u00f8-\u012f\u0134-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u017e\u0391-\u03a1\u03b1-\u03c1\u0410-\u044f\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5]*$/;
