import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/configuration.js';

/** Injection token of the pino `Logger`. */
export const LOGGER = Symbol('LOGGER');

/** Bytes and time, in ms, for which lines wait to be written together. */
const BATCH = 4096;
const FLUSH_INTERVAL = 500;

/** Standard output, written by batches: a write for every line would cost more than the line. */
function batchedOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false, minLength: BATCH });
  setInterval(() => output.flush(), FLUSH_INTERVAL).unref();
  return output; // writes what is left when the process exits
}

/** Lines for people, in colours on a terminal. The library is loaded only for them. */
export async function prettyOutput(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    customLevels: { audit: AUDIT_LEVEL },
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    sync: true,
  });
}

/** The service's logger, whose own level `audit` is. */
export type AuditLogger = Logger & { readonly audit: LogFn };

/** Above all others: who did what is told whatever the level of the log is. */
const AUDIT_LEVEL = 70;

/** One JSON object a line on standard output, or wherever a test wants them. */
export function createLogger(level: LogLevel, destination?: DestinationStream): AuditLogger {
  const options = {
    level,
    customLevels: { audit: AUDIT_LEVEL },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? batchedOutput()) as unknown as AuditLogger;
}

/** What Nest itself tells while it starts; worth a line only to who looks for an error. */
const CHATTY: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's `Logger`, writing with pino. The last text among the parameters is the context. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...parameters: unknown[]): void {
    const level = CHATTY.has(parameters.at(-1)) ? 'debug' : 'info';
    this.write(level, message, parameters);
  }

  error(message: unknown, ...parameters: unknown[]): void {
    // Nest's convention: (message, stack?, context?)
    const [stack, context] = parameters.length > 1 ? parameters : [undefined, parameters[0]];
    const details = {
      ...(context === undefined ? {} : { context }),
      ...(stack === undefined ? {} : { stack }),
    };
    if (message instanceof Error) this.logger.error({ ...details, err: message });
    else this.logger.error(details, text(message));
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.write('warn', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.write('trace', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.write('fatal', message, parameters);
  }

  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'fatal',
    message: unknown,
    parameters: readonly unknown[],
  ): void {
    const context = parameters.at(-1);
    this.logger[level](context === undefined ? {} : { context }, text(message));
  }
}

function text(message: unknown): string {
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}
