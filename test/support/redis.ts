import { connect } from 'node:net';
import { findProgram, freePort, removeFolder, ServerProcess, scratchFolder } from './scratch.js';

/** A Redis of a test's own. */
export async function startRedis() {
  const folder = scratchFolder('scim-redis-');
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const program = findProgram('redis-server');
  if (program === undefined) throw new Error('redis-server is not on this machine');
  const server = new ServerProcess(program, [...args, '--appendonly', 'no'], {}, () =>
    reached(port),
  );
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: () => server.stop('SIGKILL'),
    remove: async () => {
      await server.stop();
      removeFolder(folder);
    },
  };
}

function reached(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
