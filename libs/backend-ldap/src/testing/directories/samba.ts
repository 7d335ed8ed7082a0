import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryKind, startProgram, stopProgram } from './directory-server.js';

const PASSWORD = 'Passw0rd!x';
/** It listens on no other. */
const PORT = 389;

/** Samba as a domain controller of Active Directory. */
export const samba: DirectoryKind = {
  name: 'samba-ad',
  layouts: ['activedirectory'],
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scim-samba-'));
    const options = (names: Readonly<Record<string, string>>) =>
      Object.entries(names).map(([name, value]) => `--option=${name}=${value}`);
    const local = options({ interfaces: 'lo', 'bind interfaces only': 'yes' });
    execFileSync(
      'samba-tool',
      [
        ...['domain', 'provision', `--targetdir=${folder}`, '--realm=EXAMPLE.ORG'],
        ...['--domain=EXAMPLE', '--server-role=dc', '--dns-backend=NONE'],
        ...[`--adminpass=${PASSWORD}`, '--use-rfc2307', '--host-name=dc1', '--host-ip=127.0.0.1'],
        ...local,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    // The replays send passwords as the providers' documentation has them.
    const settings = ['domain', 'passwordsettings', 'set', '--complexity=off'];
    execFileSync('samba-tool', [...settings, '-s', join(folder, 'etc/smb.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['log', 'run']) mkdirSync(join(folder, name), { recursive: true });
    const child = await startProgram(
      'samba',
      [
        ...['-F', '--no-process-group', '-M', 'single', '-s', join(folder, 'etc/smb.conf')],
        ...options({
          'server services': 'ldap winbindd',
          'pid directory': join(folder, 'run'),
          'log file': join(folder, 'log/%m'),
          'ldap server require strong auth': 'no',
          'ncalrpc dir': join(folder, 'run/ncalrpc'),
          'winbindd socket directory': join(folder, 'run/winbindd'),
        }),
      ],
      PORT,
    );
    return {
      port: PORT,
      baseName: 'DC=example,DC=org',
      userName: 'administrator@example.org',
      password: PASSWORD,
      memberOf: false,
      largeGroup: 2_000,
      stop: async () => {
        await stopProgram(child);
        rmSync(folder, { recursive: true });
      },
    };
  },
};
