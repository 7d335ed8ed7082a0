import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { unlessMissing } from '#durable';
import { dateTimeKey, isArray, isObject, type Json, type JsonObject } from '#scim';
import { type Content, extraOf } from '../file.mapping.js';
import type { Elements, Extra } from '../memory/entry.js';

/*
 * A change of membership is one line in a sidecar, whatever the size of the group; the group's file
 * is rewritten later. The sidecar of a file is a row of segments `<name>.<n>.delta`, replayed in
 * order over what the file says. Replaying a line twice changes nothing, so a rewrite may crash
 * between putting the new file in place and removing the segments it covers: a rewrite seals the
 * segments it covers, and later lines go to the next one.
 */

/** Elements of one relation that came and went. */
export interface RecordedChange {
  readonly add: readonly { readonly value: string; readonly extra: Extra }[];
  readonly remove: readonly string[];
}

/** One line: what changed at once, by name of the relation. */
export interface SidecarLine {
  readonly lastModified: string;
  readonly relations: ReadonlyMap<string, RecordedChange>;
}

export function segmentPath(folder: string, name: string, number: number): string {
  return join(folder, `${name}.${number}.delta`);
}

/** A line starts with a line end too, so that it never continues one that a crash cut off. */
export function lineText(line: SidecarLine): string {
  const relations: Record<string, Json> = {};
  for (const [name, { add, remove }] of line.relations) {
    relations[name] = { add: add.map(({ value, extra }) => ({ ...extra, value })), remove };
  }
  return `\n${JSON.stringify({ lastModified: line.lastModified, relations })}\n`;
}

const SEGMENT = /^(.*)\.(\d+)\.delta$/s;

/** The segments that exist, by file name, in ascending order. */
export async function listSegments(folder: string): Promise<ReadonlyMap<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const file of await fs.readdir(folder)) {
    const [, name, number] = SEGMENT.exec(file) ?? [];
    if (name === undefined) continue;
    const numbers = found.get(name);
    if (numbers === undefined) found.set(name, [Number(number)]);
    else numbers.push(Number(number));
  }
  for (const numbers of found.values()) numbers.sort((a, b) => a - b);
  return found;
}

export interface Replayed {
  readonly content: Content;
  readonly bytes: number;
  /** Lines that could not be read and were passed over: at most the one a crash cut off is normal. */
  readonly unreadable: number;
}

/** Applies all lines of the segments to what the file says. */
export async function replay(
  folder: string,
  name: string,
  segments: readonly number[],
  content: Content,
): Promise<Replayed> {
  const relations = new Map<string, Map<string, Extra>>();
  for (const [key, elements] of content.relations) relations.set(key, new Map(elements));
  let { lastModified } = content.scalars.meta;
  let bytes = 0;
  let unreadable = 0;
  for (const segment of segments) {
    const text = await unlessMissing(fs.readFile(segmentPath(folder, name, segment), 'utf8'));
    if (text === undefined) continue;
    bytes += Buffer.byteLength(text);
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const change = parseLine(line);
      if (change === undefined) {
        unreadable++;
        continue;
      }
      if (instant(change.lastModified) > instant(lastModified)) {
        lastModified = change.lastModified;
      }
      for (const [key, relation] of change.relations) {
        const elements = relations.get(key) ?? new Map<string, Extra>();
        relations.set(key, elements);
        applyChange(elements, relation);
      }
    }
  }
  const meta = { ...content.scalars.meta, lastModified };
  return { content: { scalars: { ...content.scalars, meta }, relations }, bytes, unreadable };
}

function instant(dateTime: string): string {
  return dateTimeKey(dateTime) ?? '';
}

function applyChange(elements: Map<string, Extra>, { add, remove }: RecordedChange): void {
  for (const value of remove) elements.delete(value);
  for (const { value, extra } of add) if (!elements.has(value)) elements.set(value, extra);
}

function parseLine(line: string): SidecarLine | undefined {
  const json = parseObject(line);
  if (json === undefined || !isObject(json.relations)) return undefined;
  if (typeof json.lastModified !== 'string') return undefined;
  const relations = new Map<string, RecordedChange>();
  for (const [name, change] of Object.entries(json.relations)) {
    if (!isObject(change) || !isArray(change.add) || !isArray(change.remove)) return undefined;
    relations.set(name, {
      add: change.add.flatMap((element) =>
        isObject(element) && typeof element.value === 'string'
          ? [{ value: element.value, extra: extraOf(element, false) }]
          : [],
      ),
      remove: change.remove.map(String),
    });
  }
  return { lastModified: json.lastModified, relations };
}

function parseObject(line: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(line);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined; // cut off by a crash, and so never answered
  }
}

/** What a file holds once the line is applied; used where it is rewritten instead. */
export function changedElements(elements: Elements, change: RecordedChange): Map<string, Extra> {
  const next = new Map(elements);
  applyChange(next, change);
  return next;
}
