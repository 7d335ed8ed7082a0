/**
 * Runs the SQL suite and the replays of clients on a real MySQL: `npm run test:mysql`. A server that
 * MYSQL_TEST_URL names is used as it is. Else one is brought: Debian 12 has none, Debian sid has, so
 * debootstrap puts the few packages of sid that it needs into the git-ignored folder .cache, once
 * (some minutes, 600 MB), and the server runs from there, on a free port of the loopback. Where that
 * cannot be done it says so and runs nothing.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';

const CACHE = fileURLToPath(new URL('../.cache/mysql/', import.meta.url));
const ROOT = join(CACHE, 'root');
const ACCOUNT = 'scim:scim';

process.exitCode = await main();

async function main() {
  const { MYSQL_TEST_URL } = process.env;
  if (MYSQL_TEST_URL !== undefined) return runTests(MYSQL_TEST_URL);
  const reason = bring();
  if (reason !== undefined) {
    console.log(`skipped: a real MySQL: ${reason}`);
    return 0;
  }
  const server = await start();
  try {
    return runTests(server.url);
  } finally {
    await server.remove();
  }
}

/** Puts the server's files in place. @returns why that cannot be done */
function bring() {
  if (process.getuid?.() !== 0) return 'bringing and running it needs root';
  if (existsSync(ROOT)) return undefined;
  if (!existsSync('/etc/debian_version')) return 'it is brought by debootstrap, which is Debian’s';
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  const part = `${ROOT}.part`;
  console.log('Bringing a MySQL of Debian sid into .cache/mysql, which takes some minutes');
  try {
    if (spawnSync('debootstrap', ['--version']).error !== undefined) {
      execFileSync('apt-get', ['update', '-qq'], options);
      const install = ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap'];
      execFileSync('apt-get', install, options);
    }
    rmSync(part, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    const packages = '--include=mysql-server-core,ca-certificates';
    execFileSync('debootstrap', ['--variant=minbase', packages, 'sid', part], options);
    inside(part, ['useradd', '-r', '-M', 'mysql']);
  } catch (error) {
    return `debootstrap does not work here: ${error.message}`;
  }
  // Last of all, so that what broke off is begun anew.
  renameSync(part, ROOT);
  return undefined;
}

/** Starts a server with data of its own, in a folder that goes with it. */
async function start() {
  const folder = mkdtempSync(join(ROOT, 'tmp', 'scim-mysql-'));
  const seen = folder.slice(ROOT.length);
  const port = await freePort();
  const log = openSync(join(folder, 'log'), 'a');
  inside(ROOT, ['chown', 'mysql', seen]);
  const common = ['mysqld', '--no-defaults', '--user=mysql', `--datadir=${seen}/data`];
  inside(ROOT, [...common, '--initialize-insecure'], log);
  const [user, password] = ACCOUNT.split(':');
  writeFileSync(
    join(folder, 'init.sql'),
    `create user ${user}@'%' identified by '${password}';\ngrant all on *.* to ${user}@'%';\n`,
  );
  const child = spawn(
    'chroot',
    [
      ...[ROOT, ...common, '--bind-address=127.0.0.1', `--port=${port}`, '--mysqlx=OFF'],
      ...[`--socket=${seen}/s.sock`, `--pid-file=${seen}/pid`, `--init-file=${seen}/init.sql`],
      // Nothing that the tests write has to outlive the server.
      ...['--secure-file-priv=NULL', '--innodb-flush-log-at-trx-commit=2', '--skip-log-bin'],
    ],
    { stdio: ['ignore', log, log] },
  );
  const remove = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `mysql://${ACCOUNT}@127.0.0.1:${port}/mysql`;
  for (let tries = 0; tries < 600; tries++) {
    const version = await versionOf(url);
    if (version !== undefined) {
      console.log(`MySQL ${version} on port ${port}`);
      return { url, remove };
    }
    if (child.exitCode !== null) break;
    await delay(100);
  }
  const output = readFileSync(join(folder, 'log'), 'utf8').slice(-4_000);
  await remove();
  throw new Error(`MySQL did not start: ${output}`);
}

async function versionOf(url) {
  try {
    const connection = await mysql.createConnection({ uri: url });
    const [[row]] = await connection.query('select version() as version');
    await connection.end();
    return row.version;
  } catch {
    return undefined;
  }
}

function runTests(url) {
  const vitest = (args, env) =>
    spawnSync('npx', ['vitest', 'run', '--project', 'all', ...args], {
      stdio: 'inherit',
      env: { ...process.env, MYSQL_TEST_URL: url, ...env },
    }).status === 0;
  // What the other databases do is part of `npm test`.
  const suite = vitest(['libs/backend-sql', '--testNamePattern', '[Mm]y(sql|SQL)'], {});
  const clients = vitest(['test/clients'], { SCIM_TEST_STORE: 'mysql' });
  return suite && clients ? 0 : 1;
}

function inside(root, command, output = 'inherit') {
  execFileSync('chroot', [root, ...command], { stdio: ['ignore', output, output] });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
