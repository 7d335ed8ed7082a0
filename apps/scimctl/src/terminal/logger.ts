import { type Logger, pino } from 'pino';

/** The logger of the stores: warnings become lines for people, without anything around them. */
export function warningLogger(warn: (message: string) => void): Logger {
  const write = (line: string) => {
    const { msg, path, err } = JSON.parse(line) as LogLine;
    const where = path === undefined ? '' : `${path}: `;
    warn(`${where}${msg ?? err?.message ?? ''}`);
  };
  return pino({ level: 'warn', base: null }, { write });
}

interface LogLine {
  readonly msg?: string;
  readonly path?: string;
  readonly err?: { readonly message?: string };
}
