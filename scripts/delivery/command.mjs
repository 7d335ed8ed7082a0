import { spawnSync } from 'node:child_process';

/**
 * Runs a command to its end.
 * @param options of `spawnSync`; `timeout` in ms, two minutes unless said otherwise
 * @returns {{ ok: boolean, out: string, err: string, code: number | null, timedOut: boolean }}
 */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    input: '',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  return {
    ok: result.status === 0,
    out: result.stdout ?? '',
    err:
      result.error === undefined
        ? (result.stderr ?? '')
        : `${result.error.message}\n${result.stderr ?? ''}`,
    code: result.status,
    timedOut: result.error?.code === 'ETIMEDOUT',
  };
}

/** Whether there is such a command. */
export function has(command) {
  return run('sh', ['-c', 'command -v "$1"', 'sh', command]).ok;
}

/** Puts Debian packages on the machine where that is possible. @returns why it is not, if so */
export function installDebian(packages) {
  if (process.getuid?.() !== 0 || !has('apt-get'))
    return 'only root on Debian can install packages';
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], { env });
  const { ok, err } = run(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    { env, timeout: 180_000 },
  );
  return ok ? undefined : `apt-get install failed: ${err.trim().split('\n').at(-1)}`;
}
