import { promises as fs } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preparePrivateFolders } from './private-folder.js';

const NAME = { title: 'The data folder', setting: 'DATA_PATH' };
const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;

describe('a folder for what is private', () => {
  let root: string;
  let umask: number;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'private-'));
    umask = process.umask();
  });
  afterEach(async () => {
    process.umask(umask);
    await rm(root, { recursive: true, force: true });
  });
  const mode = async (path: string) => (await stat(path)).mode & 0o777;

  it.each([0, 0o022, 0o277])('R-395 is made for its owner alone, with umask %i', async (mask) => {
    const data = join(root, 'new', 'data');
    await mkdir(join(root, 'new'));
    process.umask(mask);
    await preparePrivateFolders(data, [join(data, 'Users')], NAME);
    process.umask(umask);
    expect(await mode(data)).toBe(0o700);
    expect(await mode(join(data, 'Users'))).toBe(0o700);
  });

  it('stays as it is where others may read it', async () => {
    await chmod(root, 0o755);
    await preparePrivateFolders(root, [], NAME);
    expect(await mode(root)).toBe(0o755);
  });

  it('R-401 is refused where others may write to it, or where a link leads to such a one', async () => {
    const open = join(root, "it's open");
    await mkdir(open);
    await chmod(open, 0o777);
    const why = `everybody on this machine may write to ${open}. Run: chmod o-w '${root}/it'\\''s open'`;
    const message = (path: string) => `The data folder ${path} cannot be used: ${why}`;
    await expect(preparePrivateFolders(open, [], NAME)).rejects.toThrow(message(open));
    const link = join(root, 'link');
    await symlink(open, link);
    await expect(preparePrivateFolders(link, [], NAME)).rejects.toThrow(message(link));
    await expect(preparePrivateFolders(root, [link], NAME)).rejects.toThrow(message(root));
  });

  it.runIf(isRoot)('R-401 may be one like /tmp, if the folders in it are our own', async () => {
    await chmod(root, 0o1777);
    const users = join(root, 'Users');
    await preparePrivateFolders(root, [users], NAME);
    await chown(users, NOBODY, NOBODY);
    await expect(preparePrivateFolders(root, [users], NAME)).rejects.toThrow(
      `${users} belongs to another user. Run: chown 0 ${users}`,
    );
    await expect(preparePrivateFolders(root, [], NAME)).rejects.toThrow('chmod o-w');
  });

  it("R-402 that cannot be made, read or written is told in the system's words", async () => {
    await writeFile(join(root, 'file'), '');
    const none = join(root, 'file', 'data');
    const advice = 'Set DATA_PATH to a folder that this process may read and write.';
    await expect(preparePrivateFolders(none, [], NAME)).rejects.toThrow(
      `The data folder ${none} cannot be used: ENOTDIR: not a directory, mkdir '${none}'. ${advice}`,
    );
    const denied = `EACCES: permission denied, access '${root}'`;
    vi.spyOn(fs, 'access').mockRejectedValueOnce(new Error(denied)); // root may do everything
    await expect(preparePrivateFolders(root, [], NAME)).rejects.toThrow(
      `used: ${denied}. ${advice}`,
    );
  });
});
