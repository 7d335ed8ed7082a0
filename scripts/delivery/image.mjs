import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { baseImage } from './base-image.mjs';
import { has, installDebian, run } from './command.mjs';
import { checkContainer } from './container.mjs';
import { storage } from './storage.mjs';
import { ROOT } from './tools.mjs';

const IMAGE = 'localhost/scim-gateway:check';
/** Packages of Debian that build and run images without a daemon. */
const BUILDER = ['buildah', 'podman', 'crun', 'runc', 'fuse-overlayfs', 'netavark', 'debootstrap'];
/** An idle machine takes two minutes for all; one that takes this long is not the Dockerfile's fault. */
const PATIENCE = 330_000;

/** The Dockerfile: built, what is in the image, and what the image does. */
export async function checkImage(report) {
  const start = performance.now();
  const left = () => Math.max(1, Math.round(PATIENCE - (performance.now() - start)));
  if (!has('buildah')) {
    const why =
      process.platform === 'linux' ? installDebian(BUILDER) : 'buildah runs on Linux only';
    if (why !== undefined) return report.cannot('image', `there is no buildah: ${why}`);
  }
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const [, base] = /^ARG NODE_IMAGE=(\S+)/m.exec(dockerfile);
  const missing = baseImage(`docker.io/library/${base}`, left);
  if (missing !== undefined) return report.cannot('image', `${base}: ${missing}`);
  const built = build(left());
  if (built.timedOut) return report.cannot('image', 'building takes too long on this machine');
  if (!report.expect(built.ok, 'the Dockerfile builds', built.out + built.err)) return;
  const image = inspect();
  checkDescription(report, image);
  await checkContainer(report, IMAGE);
  const { name, amount } = contents();
  console.log(`   ${Math.round(image.size / 1e6)} MB: ${name}, ${amount}`);
}

function build(timeout) {
  const cache = run('npm', ['config', 'get', 'cache']).out.trim() || join(homedir(), '.npm');
  return storage(
    'buildah',
    [
      ...['bud', '--layers', '--isolation', 'chroot', '--network', 'host', '--pull-never'],
      ...['--format', 'docker', '--volume', `${cache}:/root/.npm`],
      ...['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abcdef'],
      ...['--tag', IMAGE, ROOT],
    ],
    { timeout },
  );
}

function inspect() {
  const { out } = storage('buildah', ['inspect', '--type', 'image', IMAGE]);
  const { Docker } = JSON.parse(out);
  const { out: listed } = storage('buildah', ['images', '--json', IMAGE]);
  return { ...Docker.config, size: sizeOf(JSON.parse(listed)[0].size) };
}

function sizeOf(text) {
  const [, number, unit] = /([\d.]+)\s*([KMG]?B)/i.exec(String(text)) ?? [];
  const units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };
  return Number(number) * (units[unit?.toUpperCase()] ?? 1);
}

/** What a platform reads before it runs the image. */
function checkDescription(
  report,
  { User, Labels, Env, Cmd, Volumes, ExposedPorts, StopSignal, Healthcheck },
) {
  report.expect(/^[1-9]\d*(:[1-9]\d*)?$/.test(User), 'its user is a number other than 0', User);
  const label = (name) => Labels?.[`org.opencontainers.image.${name}`];
  for (const name of ['title', 'description', 'licenses', 'source', 'created']) {
    report.expect(Boolean(label(name)), `the image has the label ${name}`);
  }
  report.expect(label('version') === '1.2.3', 'its version is that of the build', label('version'));
  report.expect(label('revision') === 'abcdef', 'its revision is that of the build');
  const env = new Map(Env.map((line) => line.split(/=(.*)/s)));
  report.expect(env.get('HOST') === '0.0.0.0', 'it listens on all addresses of the container');
  report.expect(env.get('DATA_PATH') === '/data' && '/data' in Volumes, 'its data are in a volume');
  report.expect(!env.has('NODE_ENV'), 'it leaves NODE_ENV alone');
  report.expect('8000/tcp' in ExposedPorts, 'it names its port');
  report.expect(Cmd?.[0] === 'node', 'node itself gets the signals', String(Cmd));
  report.expect(StopSignal === 'SIGTERM', 'it is stopped by SIGTERM', StopSignal);
  const probe = Healthcheck?.Test ?? [];
  report.expect(
    probe[0] === 'CMD' && probe[1] === 'node',
    'node checks its health',
    probe.join(' '),
  );
}

/** How much of the image is whose. */
function contents() {
  const script = `
    const { readdirSync } = require('node:fs');
    const names = readdirSync('/app/node_modules').flatMap((name) =>
      name.startsWith('@') ? readdirSync('/app/node_modules/' + name) : name[0] === '.' ? [] : [name]);
    console.log(names.length);`;
  const packages = inImage(['node', '-e', script]).out.trim();
  const { out } = inImage(['du', '-sm', '/app/node_modules', '/app/dist', '/usr/local/bin/node']);
  const sizes = out
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const amount = sizes.map(([size, path]) => `${path} ${size} MB`).join(', ');
  return { name: `${packages} packages`, amount };
}

function inImage(command) {
  const container = storage('buildah', ['from', '--pull-never', IMAGE]).out.trim();
  try {
    return storage('buildah', ['run', '--isolation', 'chroot', container, '--', ...command]);
  } finally {
    storage('buildah', ['rm', container]);
  }
}
