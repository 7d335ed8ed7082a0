import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzRequest } from './request.js';

const FOLDER = join('test', 'fuzz', 'regressions');

/** The requests that once failed. */
export function regressions(): readonly FuzzRequest[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as FuzzRequest);
}

/** Keeps a request that failed, shrunk, to be tried in every run from now on. @returns its path */
export function keep(request: FuzzRequest): string {
  const text = `${JSON.stringify(request, null, 2)}\n`;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12);
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.json`);
  writeFileSync(path, text);
  return path;
}
