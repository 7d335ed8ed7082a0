/** Something in the data folder that a person should look at; the rest is served meanwhile. */
export interface FileProblem {
  readonly kind: /** The file cannot be read, or does not hold a resource of its type; it is not served. */
    | 'unreadable'
    /** Two files hold the same id; this one is not served. */
    | 'duplicate-id'
    /** A value that should be unique is also in another file; both are served. */
    | 'duplicate-value'
    /** The file was in the way of a new resource, or of a deletion, and was moved. */
    | 'set-aside'
    /** A background task failed and will be tried again. */
    | 'background';
  /** Relative to the data folder. */
  readonly path: string;
  /** For people; says what is wrong and what happens with it. Holds no attribute values. */
  readonly message: string;
  readonly cause?: unknown;
}

export interface FileBackendOptions {
  /** Folder that holds one folder per resource type; made when missing (`DATA_PATH`). */
  readonly dataPath: string;
  /**
   * Only read: the folder is left as it is and may be served by another process meanwhile. Each file is
   * read as it is when it is met, once; writes are refused. Default false.
   */
  readonly readOnly?: boolean;
  /** Told about every problem; without it problems are silent. */
  readonly report?: (problem: FileProblem) => void;
  /** Take in files that are changed by hand while the service runs. Default true. */
  readonly watch?: boolean;
  /** How often the folders are compared with memory, in ms, for changes no watcher saw. Default 5 min. */
  readonly rescanEvery?: number;
  /** How long a group is left alone before its file is rewritten with its new members, in ms. Default 1 s. */
  readonly settleAfter?: number;
  /** How often the lock is refreshed and the folder is looked for, in ms. Default 2 s. */
  readonly heartbeatEvery?: number;
  /**
   * How long the lock of a process on another machine must lie there unchanged, before our eyes,
   * until its folder is taken over, in ms. Default 30 s.
   */
  readonly abandonedAfter?: number;
}

export const DEFAULTS = {
  readOnly: false,
  watch: true,
  rescanEvery: 300_000,
  settleAfter: 1_000,
  heartbeatEvery: 2_000,
  abandonedAfter: 30_000,
} as const;

export type Report = (problem: FileProblem) => void;
