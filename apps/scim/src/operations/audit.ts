import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { pino } from 'pino';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { type AuditLogger, createLogger, LOGGER } from './logger.js';

/** What somebody did, or was refused. Names of attributes, never their values. */
export interface AuditEntry {
  readonly requestId: string | undefined;
  readonly tenant: string | undefined;
  /** The key's or token's name. */
  readonly client: string | undefined;
  /** Whom the token spoke for, at /Me. */
  readonly subject?: string | undefined;
  readonly address: string | undefined;
  readonly action: 'create' | 'replace' | 'patch' | 'delete' | 'enter';
  /** Name of the resource type. */
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  /** Paths of the attributes that were sent. */
  readonly attributes?: readonly string[] | undefined;
  /** HTTP status: what it came to. */
  readonly status: number;
  readonly scimType?: string | undefined;
}

/**
 * The audit, an append-only stream: lines of the log with a level of their own, which no LOGLEVEL
 * but `silent` hides, and lines of a file that only its owner reads.
 */
@Injectable()
export class Audit implements OnApplicationShutdown {
  private readonly noted = new WeakSet<object>();
  private readonly file: AuditLogger | undefined;
  private readonly output: ReturnType<typeof pino.destination> | undefined;

  constructor(
    @Inject(LOGGER) private readonly logger: AuditLogger,
    @Inject(CONFIGURATION) { auditPath }: Configuration,
  ) {
    if (auditPath === undefined) return;
    this.output = openFile(auditPath);
    this.file = createLogger('fatal', this.output);
  }

  /** @param error what it was refused with, so that it is noted once */
  note(entry: AuditEntry, error?: object): void {
    if (error !== undefined) {
      if (this.noted.has(error)) return;
      this.noted.add(error);
    }
    this.logger.audit(entry);
    this.file?.audit(entry);
  }

  onApplicationShutdown(): void {
    this.output?.end();
  }
}

/** @throws Error that says what to change: an audit that nobody writes is none */
function openFile(path: string): ReturnType<typeof pino.destination> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const advice = 'Set it to a file that this process may append to.';
    throw new Error(`AUDIT_PATH ${path} cannot be written: ${words}. ${advice}`, { cause });
  }
  return pino.destination({ dest: path, mode: 0o600, sync: true });
}
