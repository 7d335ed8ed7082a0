import type { Peer } from './peer.js';
import { findProgram, freePort, ServerProcess, whyNot } from './scratch.js';

const PROGRAM = 'scim2-server';
const KEY = 'scim2-key';

/** Why tests with scim2-server cannot run here; undefined when they can. In CI that is an error. */
export function whyNoScim2Server(): string | undefined {
  return whyNot(PROGRAM);
}

/** A scim2-server, as a process of its own, with resources in memory. */
export async function scim2Server(): Promise<Peer> {
  const program = findProgram(PROGRAM);
  if (program === undefined) throw new Error(`${PROGRAM} is not on this machine`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v2`;
  const args = ['--port', String(port), '--bearer-token', KEY];
  const server = new ServerProcess(program, args, {}, () => fetch(`${url}/ServiceProviderConfig`));
  await server.start();
  return { url, key: KEY, stop: () => server.stop('SIGKILL') };
}
