import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that can be cut, since not every server keeps its entries when it stops. */
export class Line {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private listening = 0;

  constructor(private readonly target: number) {}

  get port(): number {
    return this.listening;
  }

  async up(): Promise<void> {
    const server = createServer((from) => {
      const to = connect(this.target, '127.0.0.1');
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.listening, '127.0.0.1', resolve);
    });
    const address = server.address();
    this.listening = typeof address === 'object' && address ? address.port : 0;
    this.server = server;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
