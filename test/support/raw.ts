import { connect } from 'node:net';

/**
 * Sends bytes as they are, for what no HTTP client would send, and reads until the other side
 * closes; the request should ask for that with `Connection: close`.
 * @param end whether to close our half afterwards, as a client does that breaks off
 */
export function sendRaw(url: string, text: string, end = false): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(text);
      if (end) socket.end();
    });
    socket.setEncoding('utf8');
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer within ten seconds')));
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
