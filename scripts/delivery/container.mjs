import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { has } from './command.mjs';
import { storage } from './storage.mjs';

const KEY = 'a-key-for-the-check-of-the-image';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
/** Node as process 1 that ignored the signal would be killed after this; in seconds. */
const GRACE = 20;
const NAME = `scim-check-${process.pid}`;

/** The image as a container: who it is, what it may write, how it serves and how it stops. */
export async function checkContainer(report, image) {
  if (!has('podman')) return report.cannot('running the image', 'there is no podman');
  const data = mkdtempSync(join(tmpdir(), 'image-data-'));
  chownSync(data, 1000, 1000);
  chmodSync(data, 0o700);
  try {
    const restricted = ['--read-only', '--tmpfs', '/tmp', '--volume', `${data}:/data`];
    const settings = [...restricted, '--env', `API_KEY=${KEY}`];
    const first = await start(report, image, settings);
    if (first === undefined) return;
    await checkProcess(report, first);
    const created = await createUser(first.url);
    report.expect(created.status === 201, 'it keeps a user in its volume', created.text);
    stop(report, 'a read-only container');
    report.expect(
      (statSync(join(data, 'Users')).mode & 0o077) === 0,
      'nobody else may read the data',
    );

    const again = await start(report, image, settings);
    if (again === undefined) return;
    const answer = await fetch(created.location(again.url), { headers: { 'x-api-key': KEY } });
    report.expect(answer.status === 200, 'a new container serves what the old one kept');
    stop(report, 'the second container');

    const sqlite = [...settings, '--env', 'DATABASE_URL=sqlite:////data/scim.db'];
    const database = await start(report, image, sqlite);
    if (database === undefined) return;
    const row = await createUser(database.url);
    report.expect(row.status === 201, 'it keeps a user in SQLite', row.text);
    stop(report, 'a container on SQLite');

    const bare = await start(report, image, []);
    if (bare === undefined) return;
    const list = await fetch(`${bare.url}/Users`, { headers: { Authorization: 'Bearer secret' } });
    report.expect(list.status === 200, 'without any setting it serves with the default key');
    const said = stop(report, 'a container without settings');
    report.expect(/THE KEY IS THE DEFAULT ONE/.test(said), 'and warns of it', said);
  } finally {
    storage('podman', ['rm', '--force', '--time', '0', NAME]);
    rmSync(data, { recursive: true, force: true });
  }
}

/** A free port of the loopback interface; the container shares the machine's network. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(report, image, options) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { ok, err } = storage('podman', [
    ...['--runtime', 'runc', 'run', '--detach', '--name', NAME, '--network', 'host'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--no-healthcheck'],
    ...['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=4096:4096'],
    ...['--env', `PORT=${port}`, ...options, image],
  ]);
  if (!ok) {
    report.cannot('running the image', `podman cannot run it: ${err.trim().split('\n').at(-1)}`);
    return undefined;
  }
  for (let i = 0; i < 240; i++) {
    const status = await fetch(`${url}/readyz`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return { port, url };
    if (field('{{.State.Running}}') !== 'true') break;
    await delay(250);
  }
  report.expect(false, 'the container gets ready', logs());
  return undefined;
}

async function checkProcess(report, { url }) {
  for (const path of ['/livez', '/readyz', '/health', '/api', '/api-json']) {
    const { status } = await fetch(`${url}${path}`);
    report.expect(status === 200, `${path} of the container answers 200`, String(status));
  }
  const health = inside('node', 'scripts/healthcheck.mjs');
  report.expect(health.ok, 'its health check succeeds', health.err);
  const status = readFileSync(`/proc/${field('{{.State.Pid}}')}/status`, 'utf8');
  const line = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
  report.expect(/^1000\s+1000/.test(line('Uid')), 'it runs as uid 1000', line('Uid'));
  report.expect(/^0+$/.test(line('CapEff')), 'it has no capabilities', line('CapEff'));
  for (const path of ['/app/x', '/x', '/usr/local/bin/x', '/home/node/x']) {
    const written = inside(
      'node',
      '-e',
      `require('node:fs').writeFileSync(${JSON.stringify(path)}, '')`,
    );
    report.expect(!written.ok && /EROFS|EACCES/.test(written.err), `it cannot write ${path}`);
  }
  for (const command of ['npm', 'npx', 'corepack', 'tsc', 'curl']) {
    const found = inside('sh', '-c', `command -v ${command}`);
    report.expect(!found.ok, `${command} is not in the image`, found.out);
  }
  const load = `for (const library of readdirSync('dist/libs').filter((name) => /^backend-/.test(name)))
    await import('/app/dist/libs/' + library + '/src/index.js');`;
  const imports = `import { readdirSync } from 'node:fs'; ${load}`;
  const loaded = inside('node', '--input-type=module', '-e', imports);
  report.expect(loaded.ok, 'the libraries of all stores and their drivers are there', loaded.err);
  const notices = inside('head', '-c', '200', '/app/THIRD-PARTY-NOTICES');
  report.expect(notices.out.length > 100, 'the licences of what is in it are there', notices.err);
}

async function createUser(url) {
  const answer = await fetch(`${url}/Users`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/scim+json' },
    body: JSON.stringify({ schemas: [USER], userName: 'image' }),
  });
  const text = await answer.text();
  const { id } = JSON.parse(text);
  return { status: answer.status, text, location: (base) => `${base}/Users/${id}` };
}

/** @returns what the container logged; podman shows it with a delay while the container runs */
function stop(report, what) {
  const begun = performance.now();
  storage('podman', ['stop', '--time', String(GRACE), NAME]);
  const code = field('{{.State.ExitCode}}');
  report.expect(code === '0', `${what} ends in order on SIGTERM`, `exit code ${code}: ${logs()}`);
  report.expect(performance.now() - begun < GRACE * 1000, `${what} was not killed`);
  const said = logs();
  report.expect(/shutting down/.test(said), `${what} says that it stops`, said);
  storage('podman', ['rm', '--force', NAME]);
  return said;
}

const inside = (...command) => storage('podman', ['--runtime', 'runc', 'exec', NAME, ...command]);
const field = (template) => storage('podman', ['inspect', '--format', template, NAME]).out.trim();

function logs() {
  const { out, err } = storage('podman', ['logs', NAME]);
  return out + err;
}
