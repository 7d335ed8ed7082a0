import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where system tools live that an ordinary PATH leaves out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The path of the first of these commands that this machine has. */
export function findTool(...commands: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return commands
    .flatMap((command) => folders.map((folder) => join(folder, command)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Says why a suite is skipped when its tool is missing; a skip in CI is a failure.
 * @returns whether to skip
 */
export function missing(tool: string | undefined, name: string): tool is undefined {
  if (tool !== undefined) return false;
  const reason = `${name} is not on this machine; scripts/install-test-tools.mjs names the package`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return true;
}
