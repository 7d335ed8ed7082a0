import { BackendError } from '#backend';
import { ScimError } from '#scim';
import { ConfigurationError } from '../../../scim/src/config/configuration.js';
import { CommandError, ExitCode, Interrupted } from './exit-codes.js';

/** What is told of a failure, and what the process ends with. */
export interface Failure {
  /** For programs; stable. */
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** Programming errors are for developers; everything else says in words what to do. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof Interrupted) {
    return {
      code: 'interrupted',
      message: `${error.message}. Run it again to go on.`,
      exitCode: error.exitCode,
    };
  }
  if (error instanceof CommandError) {
    return { code: 'failed', message: error.message, exitCode: error.exitCode };
  }
  if (error instanceof ConfigurationError) {
    return { code: 'configuration', message: error.message, exitCode: ExitCode.usage };
  }
  if (error instanceof BackendError) {
    const away = error.code === 'unavailable';
    const exitCode = away ? ExitCode.unavailable : ExitCode.found;
    return { code: error.code, message: error.message, exitCode };
  }
  if (error instanceof ScimError) {
    return { code: error.scimType ?? 'invalid', message: error.message, exitCode: ExitCode.usage };
  }
  if (!(error instanceof Error)) return defect(String(error));
  const isProgramming = error instanceof TypeError || error instanceof ReferenceError;
  if (isProgramming) return defect(error.stack ?? error.message);
  return { code: 'failed', message: error.message, exitCode: ExitCode.usage };
}

function defect(message: string): Failure {
  return { code: 'defect', message, exitCode: ExitCode.defect };
}
