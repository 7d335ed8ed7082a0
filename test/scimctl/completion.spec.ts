import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimctlCommand } from '../support/scimctl.js';
import { removeFolder, scratchFolder, whyNot } from '../support/scratch.js';

const COMPLETION = '/usr/share/bash-completion/bash_completion';

/** A shell with `scimctl` on its PATH, as after an installation. */
let folder: string;
beforeAll(() => {
  folder = scratchFolder('scimctl-shell-');
  const program = join(folder, 'scimctl');
  const command = scimctlCommand.map((part) => `'${part}'`).join(' ');
  writeFileSync(program, `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => removeFolder(folder));

function run(shell: string, script: string): string {
  const env = { HOME: folder, PATH: `${folder}:${process.env.PATH ?? ''}`, TERM: 'dumb' };
  return execFileSync(shell, ['-c', script], { env, encoding: 'utf8' });
}

describe('completion of scimctl', () => {
  it.skipIf(whyNot('dh_bash-completion'))('R-611 completes commands and options in bash', () => {
    const complete = (words: string) => `
      COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
      __scimctl_complete; echo "\${COMPREPLY[*]}"`;
    const script = `
      . ${COMPLETION}
      . <(scimctl completion bash)
      compopt() { :; }
      ${complete('scimctl ex')}
      ${complete('scimctl schema val')}
      ${complete('scimctl export --no')}`;
    expect(run('bash', script).trim().split('\n')).toEqual(['export', 'validate', '--no-secrets']);
  });

  it.skipIf(whyNot('fish'))('R-611 completes commands, and says what they do, in fish', () => {
    const script = `
      scimctl completion fish | source
      complete --do-complete 'scimctl ex'
      complete --do-complete 'scimctl schema val'`;
    const [command, inner] = run('fish', script).trim().split('\n');
    expect(command).toMatch(/^export\tWrites resources/);
    expect(inner).toMatch(/^validate\t/);
  });

  it('R-611 has a script for zsh, too', () => {
    expect(run('sh', 'scimctl completion zsh')).toMatch(/^#compdef scimctl/);
  });
});
