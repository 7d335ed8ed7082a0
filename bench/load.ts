import { Agent, request } from 'node:http';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** Besides those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Long enough for a figure, short enough for a whole run on a slow store. */
const SLICE_MS = 4_000;

/** A client that keeps its connections, as provisioning clients do. */
export class LoadClient {
  private readonly agent: Agent;

  constructor(
    private readonly base: string,
    private readonly headers: Readonly<Record<string, string>>,
    readonly connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send(call: Call): Promise<Answer> {
    const { method, path, body } = call;
    return new Promise((resolve, reject) => {
      const length =
        body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const media = { 'Content-Type': 'application/scim+json' };
      const headers = { ...this.headers, ...media, ...length, ...call.headers };
      const sent = request(this.base + path, { method, agent: this.agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
        answer.on('error', reject);
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed a connection that had been idle, at the moment in which it was used.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.send(call));
        else reject(error);
      });
      sent.end(body);
    });
  }

  /** Sends, and throws when the answer is not a success. */
  async must(call: Call): Promise<Answer> {
    const answer = await this.send(call);
    if (answer.status >= 300) {
      throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.body.slice(0, 300)}`);
    }
    return answer;
  }

  /**
   * Runs `count` calls over all connections, fewer when a store is so slow that they would take more
   * than `SLICE_MS`, and returns each one's milliseconds.
   */
  async run(count: number, call: (index: number) => Call): Promise<number[]> {
    const times: number[] = [];
    const end = performance.now() + SLICE_MS;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count && performance.now() < end) {
        const index = next++;
        const start = performance.now();
        await this.must(call(index));
        times.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: this.connections }, worker));
    return times;
  }

  close(): void {
    this.agent.destroy();
  }
}
