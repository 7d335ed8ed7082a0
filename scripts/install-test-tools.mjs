/**
 * Puts on this machine what the tests drive for real and npm cannot bring. Root on Debian: installs
 * the packages. Elsewhere: says what is missing; the tests that need it are skipped with that
 * reason, and fail when CI=true (see test/support/tools.ts).
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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

const missing = TOOLS.filter((tool) => !tool.commands.some(onPath));
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
