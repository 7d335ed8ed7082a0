import type { Attributes, ViewRequest } from './directory.js';

/**
 * What controls hold that ask for a part of a sorted list: server side sorting (RFC 2891) and
 * virtual list views (draft-ietf-ldapext-ldapv3-vlv-09), and for an entry after its change. The client library sends neither as servers
 * want it, so their BER (X.690) is written here.
 */

export const PAGED_RESULTS = '1.2.840.113556.1.4.319';
export const SORT_REQUEST = '1.2.840.113556.1.4.473';
export const VIEW_REQUEST = '2.16.840.1.113730.3.4.9';
/** Both the request and the answer. */
export const POST_READ = '1.3.6.1.1.13.2';
export const VIEW_RESPONSE = '2.16.840.1.113730.3.4.10';

/** The operation that sets a password (RFC 3062). */
export const SET_PASSWORD = '1.3.6.1.4.1.4203.1.11.1';

const INTEGER = 0x02;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const SEQUENCE = 0x30;
const SET = 0x31;
const SEARCH_RESULT_ENTRY = 0x64;
/** `userIdentity [0]`, `newPasswd [2]` */
const WHOSE = 0x80;
const NEW_PASSWORD = 0x82;
/** `orderingRule [0]`, `byOffset [0]`, `greaterThanOrEqual [1]` */
const ORDERING_RULE = 0x80;
const BY_OFFSET = 0xa0;
const FROM_VALUE = 0x81;

/** Asks for a page (RFC 2696), the first one without a cookie. */
export function pageValue(size: number, cookie: Buffer | undefined): Buffer {
  return sequence([integer(size), element(OCTETS, cookie ?? Buffer.alloc(0))]);
}

/** What the next page is asked for with; undefined after the last one. */
export function readPageValue(octets: Buffer): Buffer | undefined {
  const outer = readElement(octets, 0);
  const [, cookie] = outer === undefined ? [] : readElements(outer.content);
  return cookie?.tag === OCTETS && cookie.content.length > 0 ? cookie.content : undefined;
}

/** One key, ascending. */
export function sortValue({ orderBy, rule }: ViewRequest): Buffer {
  return sequence([
    sequence([element(OCTETS, Buffer.from(orderBy)), element(ORDERING_RULE, Buffer.from(rule))]),
  ]);
}

export function viewValue({ start, count }: ViewRequest): Buffer {
  // A content count of 0 says that the client has none: the offset is the server's own.
  const target =
    'offset' in start
      ? element(BY_OFFSET, Buffer.concat([integer(start.offset + 1), integer(0)]))
      : element(FROM_VALUE, Buffer.from(start.from));
  return sequence([integer(0), integer(count - 1), target]);
}

/**
 * What the server says of the view.
 * @returns entries in the whole list and a result code (RFC 4511); undefined for what is no answer
 */
export function readViewValue(octets: Buffer): { total: number; code: number } | undefined {
  const outer = readElement(octets, 0);
  if (outer?.tag !== SEQUENCE) return undefined;
  const position = readElement(outer.content, 0);
  const total = position && readElement(outer.content, position.end);
  const code = total && readElement(outer.content, total.end);
  if (total?.tag !== INTEGER || code?.tag !== ENUMERATED) return undefined;
  return { total: number(total.content), code: number(code.content) };
}

/** Whose password becomes what. */
export function passwordValue(dn: string, password: string): Buffer {
  return sequence([element(WHOSE, Buffer.from(dn)), element(NEW_PASSWORD, Buffer.from(password))]);
}

/** Names of the attributes to tell after a change (RFC 4527 §3.2). */
export function afterValue(names: readonly string[]): Buffer {
  return sequence(names.map((name) => element(OCTETS, Buffer.from(name))));
}

/** The attributes of the entry that an answer holds; undefined for what is no entry. */
export function readAfterValue(octets: Buffer): Attributes | undefined {
  const entry = readElement(octets, 0);
  const name = entry && readElement(entry.content, 0);
  const list = name && readElement(entry.content, name.end);
  if (entry?.tag !== SEARCH_RESULT_ENTRY || list?.tag !== SEQUENCE) return undefined;
  const attributes = new Map<string, readonly Buffer[]>();
  for (const { content } of readElements(list.content)) {
    const [type, values] = readElements(content);
    if (type?.tag !== OCTETS || values?.tag !== SET) return undefined;
    const octetsOf = readElements(values.content).map((value) => value.content);
    attributes.set(type.content.toString('latin1').toLowerCase(), octetsOf);
  }
  return attributes;
}

function sequence(parts: readonly Buffer[]): Buffer {
  return element(SEQUENCE, Buffer.concat(parts));
}

/** Octets that begin with a zero bit, since integers have a sign. */
function integer(value: number): Buffer {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const octets = Buffer.from(even, 'hex');
  return element(INTEGER, (octets[0] ?? 0) < 0x80 ? octets : Buffer.from(`00${even}`, 'hex'));
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function readElement(octets: Buffer, at: number) {
  const tag = octets[at];
  const first = octets[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const extra = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + extra;
  const length = extra === 0 ? first : number(octets.subarray(at + 2, start));
  const end = start + length;
  return end > octets.length ? undefined : { tag, content: octets.subarray(start, end), end };
}

function readElements(octets: Buffer) {
  const elements: NonNullable<ReturnType<typeof readElement>>[] = [];
  let next = readElement(octets, 0);
  while (next !== undefined) {
    elements.push(next);
    next = readElement(octets, next.end);
  }
  return elements;
}

function number(octets: Buffer): number {
  return octets.length === 0 || octets.length > 6 ? 0 : octets.readUIntBE(0, octets.length);
}
