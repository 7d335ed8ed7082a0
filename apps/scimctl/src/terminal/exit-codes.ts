/** What the process ends with; listed in docs/scimctl.md and by `scimctl --help`. */
export const ExitCode = {
  /** Everything was done, or nothing is wrong. */
  done: 0,
  /** It ran to its end, but resources were refused, differ, or something is wrong. */
  found: 1,
  /** The command line, the configuration or a file is wrong; nothing was done. */
  usage: 2,
  /** A store or broker does not answer. What was begun goes on when the command is run again. */
  unavailable: 3,
  /** A defect of scimctl. */
  defect: 70,
  /** SIGHUP, SIGINT or SIGTERM, plus 128 as shells count. What was begun goes on likewise. */
  signal: { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 },
} as const;

/** A failure that is told in one sentence, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: number = ExitCode.usage,
  ) {
    super(message);
  }
}

/** Ctrl-C and its like: whatever is under way stops where it can be taken up again. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly signal: keyof typeof ExitCode.signal) {
    super(`${signal}: stopped`);
  }

  get exitCode(): number {
    return ExitCode.signal[this.signal];
  }
}
