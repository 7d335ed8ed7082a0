import { randomUUID } from 'node:crypto';
import type { Stored, WriteContext } from '../contract.js';
import { conflict } from '../errors.js';

/** A new version. It is random, so that no two states of a resource ever share one. */
export function newVersion(): string {
  return `W/"${randomUUID()}"`;
}

/** @throws BackendError `conflict` when the version is not the one that the write was computed from */
export function checkVersion({ meta }: Stored, { ifVersion }: WriteContext): void {
  if (ifVersion !== undefined && meta.version !== ifVersion) throw conflict();
}
