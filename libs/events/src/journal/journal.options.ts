import type { FolderLockOptions } from '#durable';

export interface JournalOptions {
  /** Folder of the journal's files; made when missing. One process uses it at a time. */
  readonly folder: string;
  /** Bytes on the disk from which on changes are refused. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Bytes after which a new file is begun. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** How the folder's lock is kept; see `FolderLockOptions`. */
  readonly lock?: Partial<
    Pick<FolderLockOptions, 'heartbeatEvery' | 'abandonedAfter' | 'patience'>
  >;
  /** Told what a person should know: damaged files. */
  readonly report?: (message: string) => void;
}

export const JOURNAL_DEFAULTS = {
  maxBytes: 256 * 1024 * 1024,
  segmentBytes: 8 * 1024 * 1024,
} as const;
