import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { removeFolder, scratchFolder } from './scratch.js';

/** A disk of a test's own, so small that a test can fill it. */
export interface SmallDisk {
  readonly path: string;
  /** Lets nobody write to it any more, or all again. */
  setReadOnly(on: boolean): void;
  remove(): void;
}

/** Why this process cannot mount one; undefined when it can. */
export function whyNoDisk(): string | undefined {
  try {
    const mount = ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
    execFileSync('unshare', mount, { stdio: 'ignore' });
    if (process.getuid?.() === 0) return undefined;
  } catch {
    // Told below.
  }
  return 'this user may not mount a disk';
}

/** @param size as `mount` takes it, e.g. `3m` */
export function smallDisk(size: string): SmallDisk {
  const folder = scratchFolder('scim-disk-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  return {
    path: join(folder, 'data'),
    setReadOnly: (on) => {
      execFileSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, folder]);
    },
    remove: () => {
      execFileSync('umount', ['--lazy', folder]);
      removeFolder(folder);
    },
  };
}
