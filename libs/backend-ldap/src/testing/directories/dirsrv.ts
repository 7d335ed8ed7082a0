import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BASE, freePort } from '../slapd.js';
import { type DirectoryKind, startProgram, stopProgram } from './directory-server.js';

const INSTANCE = 'scimtest';
const MANAGER = 'cn=Directory Manager';
const PASSWORD = 'secret12';
const PID = `/run/dirsrv/slapd-${INSTANCE}.pid`;

/** 389 Directory Server; its instances live in fixed folders, so there is one at a time. */
export const dirsrv: DirectoryKind = {
  name: '389-ds',
  layouts: ['reference', 'standard'],
  start: async () => {
    await remove();
    const [port, securePort] = [await freePort(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'scim-389-'));
    const settings = join(folder, 'instance.inf');
    writeFileSync(settings, inf(port, securePort));
    const script = fileURLToPath(new URL('dirsrv-create.py', import.meta.url));
    execFileSync('/usr/bin/python3', [script, settings], { stdio: ['ignore', 'pipe', 'pipe'] });
    rmSync(folder, { recursive: true });
    // What made the instance has started it as a daemon, which nobody here would notice the end of.
    await stopDaemon();
    const child = await startProgram(
      'ns-slapd',
      ['-D', `/etc/dirsrv/slapd-${INSTANCE}`, '-i', PID, '-d', '0'],
      port,
    );
    return {
      port,
      baseName: BASE,
      userName: MANAGER,
      password: PASSWORD,
      memberOf: false,
      stop: async () => {
        await stopProgram(child);
        await remove();
      },
    };
  },
};

/** Stops what runs as a daemon, if it does. */
async function stopDaemon(): Promise<void> {
  if (!existsSync(PID)) return;
  const pid = Number(readFileSync(PID, 'utf8'));
  if (isServer(pid)) process.kill(pid, 'SIGTERM');
  while (isServer(pid)) await delay(50);
}

function isServer(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) && readFileSync(path, 'utf8').includes(`slapd-${INSTANCE}`);
}

/** Takes an instance away, also one that an earlier run left half made. */
async function remove(): Promise<void> {
  await stopDaemon();
  for (const folder of ['/etc', '/var/lib', '/var/log', '/run/lock', '/var/lock']) {
    rmSync(`${folder}/dirsrv/slapd-${INSTANCE}`, { recursive: true, force: true });
  }
  // With one that is left over, whoever waits for the server believes that it is up.
  rmSync(PID, { force: true });
  rmSync(`/run/slapd-${INSTANCE}.socket`, { force: true });
}

function inf(port: number, securePort: number): string {
  return `[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
systemd = False
selinux = False
start = True
[slapd]
instance_name = ${INSTANCE}
port = ${port}
secure_port = ${securePort}
root_dn = ${MANAGER}
root_password = ${PASSWORD}
self_sign_cert = True
user = dirsrv
group = dirsrv
[backend-userroot]
suffix = ${BASE}
create_suffix_entry = True
sample_entries = no
`;
}
