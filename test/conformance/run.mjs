/**
 * Runs two public SCIM suites from PyPI against the built service on flat files. Needs python3 with
 * venv; installs the suites into .cache/conformance. Ends with 1 if one of them finds anything.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const KEY = 'conformance';
const venv = join('.cache', 'conformance');
const bin = join(venv, 'bin');
const requirements = join('test', 'conformance', 'requirements.txt');

if (!existsSync(bin)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
execFileSync(
  join(bin, 'pip'),
  ['install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  { stdio: 'inherit' },
);

/** Runs a suite against a fresh service. @returns whether it found nothing */
async function run(command, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'scim-conformance-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = spawn(process.execPath, ['dist/apps/scim/src/main.js'], {
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_PATH: folder,
      API_KEY: KEY,
      LOGLEVEL: 'WARNING',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    await ready(url, service);
    const suite = spawn(join(bin, command), args(url), { stdio: 'inherit' });
    const [code] = await once(suite, 'exit');
    return code === 0;
  } finally {
    if (service.exitCode === null) {
      service.kill('SIGTERM');
      await once(service, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ready(url, service) {
  for (let tries = 0; tries < 100; tries++) {
    if (service.exitCode !== null) throw new Error('the service did not start');
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error('the service does not answer');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const tester = await run('python', (url) => ['test/conformance/tester.py', url, KEY], {});
// scim-sanity adds a member that does not exist.
const sanity = await run(
  'scim-sanity',
  (url) => ['probe', url, '--token', KEY, '--i-accept-side-effects'],
  { UNKNOWN_MEMBERS: 'accept' },
);
console.log(`scim2-tester: ${tester ? 'nothing found' : 'FOUND SOMETHING'}`);
console.log(`scim-sanity: ${sanity ? 'nothing found' : 'FOUND SOMETHING'}`);
process.exit(tester && sanity ? 0 : 1);
