import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LdapServer } from '../ldap.options.js';

export const BASE = 'dc=example,dc=org';
export const ADMIN = `cn=admin,${BASE}`;
export const PASSWORD = 'secret';

const SLAPD = '/usr/sbin/slapd';
const SCHEMA = '/etc/ldap/schema';
const MODULES = '/usr/lib/ldap';

export type Overlay = 'syncprov' | 'memberof' | 'refint' | 'unique' | 'sssvlv' | 'constraint';

export interface SlapdOptions {
  readonly tls?: boolean;
  readonly overlays?: readonly Overlay[];
  /** Overlays of another database, which has no entries. */
  readonly overlaysElsewhere?: readonly Overlay[];
  /** Class of the groups that memberof watches. Default groupOfNames, as OpenLDAP's own. */
  readonly memberOfClass?: string;
  /** Attributes that unique watches, of users and of groups. Default `uid` of users. */
  readonly unique?: string;
  /** Whether the schema has groupOfMembers. Default true. */
  readonly groupOfMembers?: boolean;
  /** LDIF of the entries below the base, which is made by itself. */
  readonly ldif?: string;
  /** Keep entries on the disk before answering; slower. */
  readonly durable?: boolean;
  /** Octets that it takes in one message. Default its own, 16 MiB. */
  readonly largestMessage?: number;
  /** Write no log, which takes a tenth of its time. */
  readonly silent?: boolean;
}

/** Why tests of this library cannot run here; undefined if they can. */
export function noSlapd(): string | undefined {
  try {
    accessSync(SLAPD, constants.X_OK);
    return undefined;
  } catch {
    const reason = 'slapd is not installed (scripts/install-test-tools.mjs brings it)';
    if (process.env.CI === 'true') throw new Error(reason);
    console.warn(`skipped: ${reason}`);
    return reason;
  }
}

/** A server of its own, in a scratch folder, on free ports. */
export class Slapd {
  private readonly folder = mkdtempSync(join(tmpdir(), 'scim-slapd-'));
  private process: ChildProcess | undefined;
  private ports: readonly number[] = [];
  private output = '';

  static async start(options: SlapdOptions = {}): Promise<Slapd> {
    const slapd = new Slapd(options);
    slapd.configure();
    slapd.ports = [await freePort(), await freePort()];
    await slapd.up();
    return slapd;
  }

  private constructor(private readonly options: SlapdOptions) {}

  get server(): LdapServer {
    return { secure: false, host: '127.0.0.1', port: this.ports[0] ?? 0 };
  }

  get secureServer(): LdapServer {
    return { secure: true, host: '127.0.0.1', port: this.ports[1] ?? 0 };
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.server.port}`;
  }

  /** File of the authority that signed the server's certificate. */
  get authority(): string {
    return join(this.folder, 'ca.pem');
  }

  /** Of its process, while it is up. */
  get pid(): number {
    return this.process?.pid ?? 0;
  }

  /** What the server wrote so far. */
  get log(): string {
    return this.output;
  }

  /** What it writes while something is done. A search of ours at the end tells that all is there. */
  async logOf(action: () => Promise<unknown>): Promise<string> {
    const before = await this.mark();
    await action();
    const after = await this.mark();
    return this.output.slice(
      this.output.indexOf(before) + before.length,
      this.output.indexOf(after),
    );
  }

  private async mark(): Promise<string> {
    const text = `marked-${randomUUID()}`;
    this.tool('ldapsearch', ['-b', '', '-s', 'base', `(cn=${text})`]);
    for (let tries = 0; !this.output.includes(text); tries++) {
      if (tries > 400) throw new Error('slapd writes no log');
      await delay(5);
    }
    return text;
  }

  async up(): Promise<void> {
    const [plain, secure] = this.ports;
    const urls = [
      `ldap://127.0.0.1:${plain}`,
      ...(this.options.tls ? [`ldaps://127.0.0.1:${secure}`] : []),
    ];
    // Level 256 tells of attributes that are searched without an index.
    const level = this.options.silent ? '0' : '256';
    const args = ['-f', this.path('slapd.conf'), '-h', urls.join(' '), '-d', level];
    const child = spawn(SLAPD, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output = (this.output + text).slice(-200_000);
    });
    this.process = child;
    for (let tries = 0; !(await answers(plain ?? 0)); tries++) {
      if (child.exitCode !== null || tries > 400) throw new Error(`slapd: ${this.output}`);
      await delay(25);
    }
  }

  /** Stops it; its entries stay. */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  /** Holds it still, as a server does that hangs. */
  async freeze(): Promise<void> {
    this.process?.kill('SIGSTOP');
    // It may answer until the signal has reached it.
    const state = () => readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.[0];
    while (state() !== 'T') await delay(1);
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    this.thaw();
    await this.down('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs one of OpenLDAP's own tools, bound as the administrator; what it prints. */
  tool(
    name: 'ldapadd' | 'ldapmodify' | 'ldapsearch' | 'ldapdelete',
    args: readonly string[],
    input = '',
  ): string {
    const bind = ['-x', '-H', this.url, '-D', ADMIN, '-w', PASSWORD];
    return execFileSync(name, [...bind, ...args], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Whether the server lets somebody in. */
  signsIn(name: string, password: string): boolean {
    const args = ['-x', '-H', this.url, '-D', name, '-w', password];
    const { status } = spawnSync('ldapwhoami', args, { stdio: 'ignore' });
    return status === 0;
  }

  private path(name: string): string {
    return join(this.folder, name);
  }

  private configure(): void {
    const { tls, overlays = [], overlaysElsewhere = [], groupOfMembers = true } = this.options;
    mkdirSync(this.path('db'));
    mkdirSync(this.path('elsewhere'));
    writeFileSync(this.path('own.schema'), OWN_SCHEMA + (groupOfMembers ? GROUP_OF_MEMBERS : ''));
    if (tls) this.makeCertificate();
    const lines = [
      ...['core', 'cosine', 'nis', 'inetorgperson'].map(
        (name) => `include ${SCHEMA}/${name}.schema`,
      ),
      `include ${this.path('own.schema')}`,
      `pidfile ${this.path('slapd.pid')}`,
      `modulepath ${MODULES}`,
      ...['back_mdb', ...overlays, ...overlaysElsewhere].map((name) => `moduleload ${name}`),
      ...(tls
        ? [
            `TLSCertificateFile ${this.path('cert.pem')}`,
            `TLSCertificateKeyFile ${this.path('key.pem')}`,
          ]
        : []),
      'sizelimit unlimited',
      ...(this.options.largestMessage === undefined
        ? []
        : [`sockbuf_max_incoming_auth ${this.options.largestMessage}`]),
      'database config',
      `rootdn "${ADMIN}"`,
      'database mdb',
      `suffix "${BASE}"`,
      `rootdn "${ADMIN}"`,
      `rootpw ${PASSWORD}`,
      `directory ${this.path('db')}`,
      'maxsize 1073741824',
      ...(this.options.durable ? [] : ['dbnosync']),
      'index objectClass,entryUUID,entryCSN eq',
      'index cn,uid,displayName,email,mail,sn,uniqueIdentifier,documentIdentifier eq',
      `index member${overlays.includes('memberof') ? ',memberOf' : ''} eq`,
      ...overlays.flatMap((name) => overlayLines(name, this.options)),
      'database mdb',
      'suffix "dc=elsewhere"',
      `directory ${this.path('elsewhere')}`,
      ...overlaysElsewhere.flatMap((name) => overlayLines(name, this.options)),
    ];
    writeFileSync(this.path('slapd.conf'), `${lines.join('\n')}\n`);
    writeFileSync(this.path('tree.ldif'), this.options.ldif ?? ROOT);
    execFileSync(
      '/usr/sbin/slapadd',
      ['-f', this.path('slapd.conf'), '-n', '1', '-q', '-l', this.path('tree.ldif')],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
  }

  private makeCertificate(): void {
    const run = (args: readonly string[]) =>
      execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    run([
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Test authority',
    ]);
    run(['req', ...key, '-keyout', 'key.pem', '-out', 'cert.csr', '-subj', '/CN=localhost']);
    writeFileSync(this.path('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    run([
      'x509',
      '-req',
      '-in',
      'cert.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      'cert.pem',
    ]);
  }
}

function overlayLines(
  overlay: Overlay,
  { memberOfClass = 'groupOfNames', unique = 'uid' }: SlapdOptions,
): readonly string[] {
  const named = `overlay ${overlay}`;
  switch (overlay) {
    case 'memberof':
      return [named, `memberof-group-oc ${memberOfClass}`];
    case 'refint':
      return [named, 'refint_attributes member manager'];
    case 'unique':
      return [
        named,
        ...['Users', 'Groups'].map(
          (unit) => `unique_uri "serialize ldap:///ou=${unit},${BASE}?${unique}?sub"`,
        ),
      ];
    case 'sssvlv':
    case 'syncprov':
      return [named];
    case 'constraint':
      return [named, 'constraint_attribute displayName regex ^[A-Z]'];
  }
}

const ROOT = `dn: ${BASE}
objectClass: top
objectClass: dcObject
objectClass: organization
o: example
dc: example
`;

const OWN_SCHEMA = `
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey'
  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
`;

const GROUP_OF_MEMBERS = `
objectclass ( 1.3.6.1.4.1.32473.1.1 NAME 'groupOfMembers' SUP top STRUCTURAL
  MUST cn MAY ( member $ description ) )
`;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
