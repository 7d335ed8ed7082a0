/**
 * The packages that the service runs with. Prints their licences and notices, as most licences
 * demand of whoever passes a copy on; the image carries them. With `--check` it prints nothing, but
 * fails on a licence that is not in ALLOWED and on a package with an install script that is not in
 * SCRIPTS, development dependencies included.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** SPDX names of licences that ask for no more than a notice. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

/** Packages that may run a script of their own when they are installed, and why. */
const SCRIPTS = new Map([
  ['@scarf/scarf', 'counts installations; package.json switches it off'],
  ['@photostructure/sqlite', 'compiles the driver where no binary fits'],
]);

/** Licences of packages whose package.json has none; where it was read instead. */
const STATED_ELSEWHERE = new Map([['precond', 'MIT']]); // its README

const NOTICE_FILES = /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i;
const root = dirname(import.meta.dirname);
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const installed = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'));
const shipped = installed
  .filter(([path, { dev, devOptional }]) => !dev && !devOptional && existsSync(join(root, path)))
  .map(([path, entry]) => describe(path, entry))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

if (process.argv.includes('--check')) check();
else process.stdout.write(shipped.map(notice).join(`\n${'-'.repeat(80)}\n\n`));

/** Lock entries of old packages lack the licence, which has had three forms over the years. */
function describe(path, { version, license }) {
  const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
  const name = nameOf(path);
  const stated =
    license ?? manifest.license ?? manifest.licenses ?? STATED_ELSEWHERE.get(name) ?? 'not stated';
  const licence = [stated].flat().map((term) => term.type ?? term);
  return { path, name, version, licence: licence.join(' OR ') };
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function notice({ path, name, version, licence }) {
  const folder = join(root, path);
  const files = readdirSync(folder).filter((file) => NOTICE_FILES.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return `${[`${name} ${version} (${licence})`, ...texts].join('\n\n')}\n`;
}

function check() {
  const problems = [
    ...shipped
      .filter(({ licence }) => !isAllowed(licence))
      .map(({ path, licence }) => `${path}: its licence is ${licence}`),
    ...installed
      .filter(([path, { hasInstallScript }]) => hasInstallScript && !SCRIPTS.has(nameOf(path)))
      .map(([path]) => `${path}: runs a script when it is installed`),
  ];
  if (problems.length === 0) return;
  const advice = 'Replace it, or add it to scripts/third-party.mjs with good reason.';
  process.stderr.write(`${problems.join('\n')}\n${advice}\n`);
  process.exit(1);
}

/** An SPDX expression: one of alternatives is enough, of parts that go together all are needed. */
function isAllowed(expression) {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((term) => ALLOWED.has(term.trim())));
}
