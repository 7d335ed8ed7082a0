import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { LdapLayoutName } from '../../ldap.options.js';

/** A directory server besides OpenLDAP that the suites run on, started for one run. */
export interface DirectoryServer {
  /** Port on 127.0.0.1, not encrypted. */
  readonly port: number;
  readonly baseName: string;
  readonly userName: string;
  readonly password: string;
  readonly memberOf: boolean;
  /** Members of the kit's large group, where making 10,000 users takes minutes. */
  readonly largeGroup?: number;
  stop(): Promise<void>;
}

export interface DirectoryKind {
  /** As `DIRECTORY` names it. */
  readonly name: string;
  readonly layouts: readonly LdapLayoutName[];
  start(): Promise<DirectoryServer>;
}

/** What a run knows of its server, handed to its tests through the environment. */
export interface RunningDirectory extends Omit<DirectoryServer, 'stop'> {
  readonly name: string;
  readonly layouts: readonly LdapLayoutName[];
}

/** The server of this run. */
export function runningDirectory(): RunningDirectory {
  const text = process.env.DIRECTORY_RUNNING;
  if (text === undefined) throw new Error('no directory: npm run test:directories starts one');
  return JSON.parse(text) as RunningDirectory;
}

/** Starts a program and waits until its port answers; what it wrote is in the error if it does not. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
    });
  }
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`${command}: ${log}`);
    await delay(100);
  }
  return child;
}

export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

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
