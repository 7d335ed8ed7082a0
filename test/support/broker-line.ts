import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Which way of a line is interrupted: to the broker, or back with its confirms. */
export type Way = 'there' | 'back';

/** A line to a broker that a test can interrupt, so that it knows what was under way. */
export interface BrokerLine {
  readonly url: string;
  /** From now on what goes this way is lost, though the line looks alive. */
  interrupt(way: Way): void;
  close(): Promise<void>;
}

export async function brokerLine(broker: { url: string; port: number }): Promise<BrokerLine> {
  const lost = new Set<Way>();
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket, way: Way) => {
    sockets.add(from);
    from.on('data', (data) => {
      if (!lost.has(way)) to.write(data);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(broker.port, '127.0.0.1');
    join(client, upstream, 'there');
    join(upstream, client, 'back');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: broker.url.replace(`:${broker.port}`, `:${port}`),
    interrupt: (way) => void lost.add(way),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
