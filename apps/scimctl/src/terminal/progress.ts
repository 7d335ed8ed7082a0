import cliProgress from 'cli-progress';

/** How far a command is. */
export interface Progress {
  /** @param total as far as it is known */
  start(total: number | undefined): void;
  advance(count?: number): void;
  stop(): void;
}

/** Between two plain lines, in ms. */
const EVERY = 10_000;

/** @param quiet nothing is shown: programs read along */
export function progressOn(stream: NodeJS.WriteStream, what: string, quiet: boolean): Progress {
  if (quiet) return { start: () => undefined, advance: () => undefined, stop: () => undefined };
  return stream.isTTY === true ? bar(stream, what) : lines(stream, what);
}

function bar(stream: NodeJS.WriteStream, what: string): Progress {
  const known = `${what} {bar} {value}/{total}  {duration_formatted}, {eta_formatted} left`;
  const options = { stream, clearOnComplete: false, barsize: 30, etaBuffer: 200 };
  const preset = cliProgress.Presets.shades_classic;
  let shown: cliProgress.SingleBar | undefined;
  return {
    start: (total) => {
      const format = total === undefined ? `${what} {value}  {duration_formatted}` : known;
      shown = new cliProgress.SingleBar({ ...options, format }, preset);
      shown.start(total ?? 0, 0);
    },
    advance: (count = 1) => shown?.increment(count),
    stop: () => shown?.stop(),
  };
}

function lines(stream: NodeJS.WriteStream, what: string): Progress {
  let done = 0;
  let last = Date.now();
  let of = '';
  return {
    start: (total) => {
      of = total === undefined ? '' : ` of ${total}`;
    },
    advance: (count = 1) => {
      done += count;
      if (Date.now() - last < EVERY) return;
      last = Date.now();
      stream.write(`${what}: ${done}${of}\n`);
    },
    stop: () => undefined,
  };
}
