/**
 * Runs the backend's kit and the replays of clients on directory servers besides OpenLDAP, one
 * server after another, and prints what each of them passes. `npm run test:directories` runs all,
 * `npm run test:directories 389-ds` one. Root on Debian: installs the servers. Elsewhere: says what
 * is missing and runs nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const UNBOUNDID = {
  artifact: 'com.unboundid:unboundid-ldapsdk:7.0.3',
  file: 'unboundid-ldapsdk-7.0.3.jar',
};
const CACHE = resolve('node_modules/.cache/directories');

const SERVERS = [
  {
    name: '389-ds',
    packages: ['389-ds-base'],
    version: () => versionOf('389-ds-base'),
  },
  {
    name: 'unboundid',
    packages: ['default-jre-headless', 'maven'],
    prepare: fetchUnboundid,
    version: () => UNBOUNDID.artifact.split(':')[2],
  },
  {
    name: 'samba-ad',
    packages: [
      ...['samba', 'samba-ad-dc', 'samba-dsdb-modules', 'samba-vfs-modules'],
      ...['winbind', 'ldb-tools', 'samba-ad-provision'],
    ],
    version: () => versionOf('samba'),
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !SERVERS.some((server) => server.name === name));
if (unknown.length > 0) {
  console.error(
    `No such server: ${unknown.join(', ')}. There are ${SERVERS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const reason = whyNot();
if (reason !== undefined) {
  console.log(`skipped: directory servers besides OpenLDAP: ${reason}`);
  process.exit(0);
}
const chosen = SERVERS.filter(({ name }) => asked.length === 0 || asked.includes(name));
const rows = chosen.map(run);
console.log(
  [
    '',
    '| server | version | suite | passed | failed |',
    '|---|---|---|---|---|',
    ...rows.flatMap(({ lines }) => lines),
  ].join('\n'),
);
process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1;

function whyNot() {
  if (process.getuid?.() !== 0) return 'installing and running them needs root';
  return existsSync('/etc/debian_version') ? undefined : 'they are installed as Debian packages';
}

function run({ name, packages, prepare, version }) {
  install(packages);
  const env = prepare?.() ?? {};
  const folder = mkdtempSync(join(tmpdir(), 'scim-directories-'));
  const output = join(folder, 'results.json');
  console.log(`\n${name} ${version()}`);
  const { status } = spawnSync(
    'npx',
    [
      ...['vitest', 'run', '--config', 'vitest.directories.config.ts'],
      ...['--reporter', 'default', '--reporter', 'json', '--outputFile.json', output],
    ],
    { stdio: 'inherit', env: { ...process.env, ...env, DIRECTORY: name } },
  );
  const { testResults = [] } = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : {};
  rmSync(folder, { recursive: true });
  const suites = new Map();
  for (const { assertionResults } of testResults) {
    for (const { ancestorTitles, status: outcome } of assertionResults) {
      const [title = ''] = ancestorTitles;
      const counts = suites.get(title) ?? { passed: 0, failed: 0 };
      if (outcome in counts) counts[outcome]++;
      suites.set(title, counts);
    }
  }
  const lines = [...suites].map(
    ([title, { passed, failed }]) =>
      `| ${name} | ${version()} | ${title} | ${passed} | ${failed} |`,
  );
  return { lines, passed: status === 0 };
}

function install(packages) {
  const missing = packages.filter((name) => versionOf(name) === undefined);
  if (missing.length === 0) return;
  console.log(`Installing for the tests: ${missing.join(' ')}`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
}

function versionOf(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of dpkg-query
  const format = '${Status} ${Version}';
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', format, name], {
    encoding: 'utf8',
  });
  return status === 0 && stdout.startsWith('install ok') ? stdout.split(' ').at(-1) : undefined;
}

function fetchUnboundid() {
  const jar = join(CACHE, UNBOUNDID.file);
  if (!existsSync(jar)) {
    mkdirSync(CACHE, { recursive: true });
    const goal = [
      'dependency:copy',
      `-Dartifact=${UNBOUNDID.artifact}`,
      `-DoutputDirectory=${CACHE}`,
    ];
    execFileSync('mvn', ['-q', '-B', ...goal], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return { UNBOUNDID_JAR: jar };
}
