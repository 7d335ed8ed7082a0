/**
 * Fuzzes the running service for longer than the tests do, on every store that the machine has, and
 * tries the properties of the libraries with values that the tests do not have:
 * `npm run fuzz -- --minutes 10 [--store postgres]`. The minutes are for each store.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, store: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error('--minutes has to be a number above 0');
  process.exit(2);
}
const project =
  values.store === undefined
    ? ['--project', 'all', '--project', 'fuzz on *']
    : ['--project', values.store === 'files' ? 'all' : `fuzz on ${values.store}`];
const properties = spawnSync('git', ['grep', '-l', "from 'fast-check'", '--', '*.spec.ts'], {
  encoding: 'utf8',
})
  .stdout.split('\n')
  .filter((path) => path !== '');
const { status } = spawnSync('npx', ['vitest', 'run', ...project, 'test/fuzz/', ...properties], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_MINUTES: String(minutes) },
});
process.exit(status ?? 1);
