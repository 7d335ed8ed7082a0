import { HangError } from '#durable';

/**
 * Ends the process. `process.exit` waits for what the system was asked: with a folder that hangs it
 * would wait for ever.
 * @param reason of the end
 */
export function endProcess(code: number, reason?: unknown): void {
  if (isHang(reason)) process.kill(process.pid, 'SIGKILL');
  else process.exit(code);
}

function isHang(reason: unknown): boolean {
  if (!(reason instanceof Error)) return false;
  return reason instanceof HangError || isHang(reason.cause);
}
