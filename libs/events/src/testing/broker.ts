import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { accessSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from 'amqplib';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl';

/** Whether tests can drive a real broker here; in CI they have to. */
export const hasBroker = ((): boolean => {
  try {
    accessSync(SERVER);
    return true;
  } catch {
    if (process.env.CI === 'true') throw new Error(`${SERVER} is needed for the tests`);
    console.warn(`skipped: ${SERVER} is not there (scripts/install-test-tools.mjs brings it)`);
    return false;
  }
})();

/** A RabbitMQ server of the test's own. */
export interface Broker {
  readonly url: string;
  /** The same by TLS, and the file of the certificate to trust. */
  readonly tls: { readonly url: string; readonly ca: string };
  readonly port: number;
  start(): Promise<void>;
  /** In order, or as a power cut would. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Whether the broker is short of memory, and takes no messages for that. */
  alarm(on: boolean): Promise<void>;
  /** Connections from clients. */
  connections(): Promise<number>;
  /** Ends everything and removes the data. */
  remove(): Promise<void>;
}

/** Starts a broker on free ports with data in a temporary folder; takes some seconds. */
export async function startBroker(settings: readonly string[] = []): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'broker-'));
  const [port, tlsPort, distribution, names] = await freePorts(4);
  const certificate = makeCertificate(folder);
  for (const name of ['home', 'log', 'mnesia']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'plugins'), '[].');
  const lines = [
    `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
    `ssl_options.certfile = ${certificate.certificate}`,
    `ssl_options.keyfile = ${certificate.key}`,
    'ssl_options.verify = verify_none',
    ...settings,
  ];
  await writeFile(join(folder, 'rabbitmq.conf'), lines.map((line) => `${line}\n`).join(''));
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `t${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(names),
  };
  const control = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(CONTROL, ['-n', env.RABBITMQ_NODENAME, ...args], {
      env,
    });
    return stdout;
  };
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  // The name server that Erlang would start itself outlives the broker.
  const nameServer = spawn('epmd', ['-port', String(names), '-address', '127.0.0.1'], {
    stdio: 'ignore',
  });
  let server: ChildProcess | undefined;
  const broker: Broker = {
    url,
    tls: { url: `amqps://guest:guest@localhost:${tlsPort}`, ca: certificate.certificate },
    port: port ?? 0,
    start: async () => {
      const child = spawn(SERVER, [], { env, stdio: 'ignore' });
      server = child;
      await answering(url, child);
    },
    stop: async (signal = 'SIGTERM') => {
      const child = server;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), signal);
      await ended;
    },
    alarm: async (on) => {
      await control('set_vm_memory_high_watermark', on ? '0.000001' : '0.9');
    },
    connections: async () =>
      (await control('-q', '-s', 'list_connections', 'pid')).split('\n').filter(Boolean).length,
    remove: async () => {
      await broker.stop('SIGKILL');
      nameServer.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await broker.start();
  return broker;
}

function makeCertificate(folder: string): { certificate: string; key: string } {
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request, '-nodes', ...names, '-out', certificate, '-keyout', key], {
    stdio: 'ignore',
  });
  return { certificate, key };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (child.exitCode !== null) throw new Error(`the broker ended with ${child.exitCode}`);
    try {
      const connection = await connect(url);
      await connection.close();
      return;
    } catch {
      await delay(100);
    }
  }
  throw new Error('the broker does not start');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
