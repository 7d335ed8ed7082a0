import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN, BASE, freePort, PASSWORD } from '../slapd.js';
import { type DirectoryKind, startProgram, stopProgram } from './directory-server.js';

const PROGRAM = 'com.unboundid.ldap.listener.InMemoryDirectoryServerTool';

/** UnboundID's in-memory server; `UNBOUNDID_JAR` names its library. */
export const unboundid: DirectoryKind = {
  name: 'unboundid',
  layouts: ['reference', 'standard'],
  start: async () => {
    const jar = process.env.UNBOUNDID_JAR;
    if (jar === undefined) throw new Error('UNBOUNDID_JAR is not set');
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'scim-unboundid-'));
    const ldif = join(folder, 'base.ldif');
    writeFileSync(ldif, `dn: ${BASE}\nobjectClass: domain\ndc: example\n`);
    const child = await startProgram(
      'java',
      [
        ...['-cp', jar, PROGRAM, '--port', String(port), '--baseDN', BASE],
        ...['--additionalBindDN', ADMIN, '--additionalBindPassword', PASSWORD],
        ...['--useDefaultSchema', '--ldifFile', ldif],
      ],
      port,
    );
    return {
      port,
      baseName: BASE,
      userName: ADMIN,
      password: PASSWORD,
      memberOf: false,
      stop: async () => {
        await stopProgram(child);
        rmSync(folder, { recursive: true });
      },
    };
  },
};
