import { BackendError } from '#backend';
import { isObject, type Json, type JsonObject, type MutableJsonObject } from '#scim';

/** Most characters of a custom attribute's value. */
export const LONGEST = 1024;
/** Most custom attributes that a resource takes up. */
const MOST = 64;

const NAME = /^details(?:[2-9]|[1-9]\d)?$/;
/** A part of a member that is too large for one attribute: `name~2/3` is the second of three. */
const PART = /^(.*)~(\d+)\/(\d+)$/s;

/** Whether a custom attribute is one of those that hold what JumpCloud has no field for. */
export function isDetailsName(name: unknown): boolean {
  return typeof name === 'string' && NAME.test(name);
}

/**
 * What JumpCloud has no field for, as values of `details`, `details2`, …: each a JSON object in
 * ASCII. A member that is too large for one is cut into pieces of its JSON text.
 * @throws BackendError `unsupported` naming the largest member where there is too much
 */
export function splitDetails(details: JsonObject): ReadonlyMap<string, string> {
  const texts: string[] = [];
  let members: string[] = [];
  let length = 2;
  const flush = () => {
    if (members.length > 0) texts.push(`{${members.join(',')}}`);
    members = [];
    length = 2;
  };
  for (const [name, value] of Object.entries(details)) {
    for (const member of membersOf(name, value)) {
      if (length + member.length + 1 > LONGEST) flush();
      members.push(member);
      length += member.length + 1;
    }
  }
  flush();
  if (texts.length > MOST) throw tooMuch(details);
  return new Map(texts.map((text, i) => [i === 0 ? 'details' : `details${i + 1}`, text]));
}

/** @returns undefined where there are none; those that are no JSON object are told to `report` */
export function joinDetails(
  texts: ReadonlyMap<string, string>,
  report: (name: string) => void,
): JsonObject | undefined {
  const joined: MutableJsonObject = {};
  const parts = new Map<string, string[]>();
  let found = false;
  for (const [attribute, text] of texts) {
    const object = parsed(text);
    if (!isObject(object)) {
      report(attribute);
      continue;
    }
    found = true;
    for (const [name, value] of Object.entries(object)) {
      const [, whole, number, of] = PART.exec(name) ?? [];
      if (whole === undefined || typeof value !== 'string') define(joined, name, value);
      else {
        const list = parts.get(whole) ?? Array.from({ length: Number(of) }, () => '');
        list[Number(number) - 1] = value;
        parts.set(whole, list);
      }
    }
  }
  for (const [name, list] of parts) {
    const value = parsed(list.join(''));
    if (value === undefined) report(name);
    else define(joined, name, value);
  }
  return found ? joined : undefined;
}

/** `"name":value`, or several of them that are its parts. */
function membersOf(name: string, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const member = `${ascii(name)}:${ascii(value)}`;
  if (member.length + 2 <= LONGEST) return [member];
  const pieces = cut(ascii(value), LONGEST - ascii(name).length - '{:"~99/99"}'.length - 2);
  return pieces.map(
    (piece, i) => `${ascii(`${name}~${i + 1}/${pieces.length}`)}:${JSON.stringify(piece)}`,
  );
}

/** Cuts ASCII text so that each piece, written as a JSON string, has at most `most` characters. */
function cut(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  let length = 2;
  for (let i = 0; i < text.length; i++) {
    const width = text[i] === '"' || text[i] === '\\' ? 2 : 1;
    if (length + width > most) {
      pieces.push(text.slice(start, i));
      start = i;
      length = 2;
    }
    length += width;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** JSON without anything that could be counted, or changed, in another way than here. */
function ascii(value: Json): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function define(target: MutableJsonObject, name: string, value: Json | undefined): void {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function tooMuch(details: JsonObject): BackendError {
  const sizes = Object.entries(details).map(([name, value]) => ({
    name,
    size: ascii(value ?? null).length,
  }));
  const largest = sizes.reduce((a, b) => (b.size > a.size ? b : a), { name: '', size: 0 });
  return new BackendError(
    'unsupported',
    `${largest.name} is too large: JumpCloud keeps at most ${MOST * LONGEST} characters for a resource.`,
    { path: largest.name },
  );
}
