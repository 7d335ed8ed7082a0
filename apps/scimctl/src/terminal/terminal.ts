import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { CommandError, ExitCode } from './exit-codes.js';
import { type Progress, progressOn } from './progress.js';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: its answer to standard output, everything about it to standard error. */
export class Terminal {
  /** Answers are JSON, and so are failures. */
  json = false;
  /** What the process ends with, unless it fails. */
  exitCode: number = ExitCode.done;
  private shown: Progress | undefined;

  constructor(
    private readonly output: NodeJS.WriteStream = process.stdout,
    private readonly errors: NodeJS.WriteStream = process.stderr,
    private readonly input: NodeJS.ReadStream = process.stdin,
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    // `scimctl export | head` ends when head does.
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.shown?.stop();
      process.exit(ExitCode.done);
    });
  }

  /** One line of the answer; resolves when there is room for the next. */
  async line(text: string): Promise<void> {
    if (!this.output.write(`${text}\n`)) await once(this.output, 'drain');
  }

  /** Text as it is. */
  write(text: string): void {
    this.output.write(text);
  }

  /** The whole answer: an object for programs, or lines for people. */
  async answer(value: object, lines: readonly string[]): Promise<void> {
    if (this.json) await this.line(JSON.stringify(value));
    else for (const text of lines) await this.line(text);
  }

  /** About the command, not its answer. */
  note(text: string): void {
    this.errors.write(`${text}\n`);
  }

  warn(text: string): void {
    this.note(`${this.paint('yellow', 'warning:', this.errors)} ${text}`);
  }

  failure(code: string, message: string): void {
    if (this.json) this.note(JSON.stringify({ error: { code, message } }));
    else this.note(`${this.paint('red', 'scimctl:', this.errors)} ${message}`);
  }

  /** Colour on a terminal, unless NO_COLOR is set (no-color.org). */
  paint(style: Style, text: string, stream: NodeJS.WriteStream = this.output): string {
    const plain = this.json || (this.env.NO_COLOR ?? '') !== '' || this.env.TERM === 'dumb';
    return stream.isTTY === true && !plain
      ? styleText(style, text, { validateStream: false })
      : text;
  }

  /** A bar on a terminal; a line now and then elsewhere. */
  progress(what: string): Progress {
    return this.show(what, this.json);
  }

  /** The same for a command whose answer is long: where that is seen, it is the progress. */
  progressBesideAnswer(what: string): Progress {
    return this.show(what, this.json || this.output.isTTY === true);
  }

  private show(what: string, quiet: boolean): Progress {
    this.shown = progressOn(this.errors, what, quiet);
    return this.shown;
  }

  get isInteractive(): boolean {
    return this.input.isTTY === true && this.errors.isTTY === true;
  }

  /** Asks before something is destroyed. @throws CommandError unless the answer is yes */
  async confirm(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    if (!this.isInteractive) {
      throw new CommandError(`${question} Nobody can be asked here: say so with --yes.`);
    }
    const asking = createInterface({ input: this.input, output: this.errors });
    const answer = await asking.question(`${question} [y/N] `).finally(() => asking.close());
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was done.');
  }
}
