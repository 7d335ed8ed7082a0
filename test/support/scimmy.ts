import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import SCIMMYRouters, { SCIMMY } from 'scimmy-routers';
import type { Peer } from './peer.js';

const KEY = 'scimmy-key';

/** A record as SCIMMY hands it over and wants it back. */
interface Kept extends Record<string, unknown> {
  readonly id: string;
}

/**
 * A server made with scimmy-routers, in this process, with resources in memory. It has no versions,
 * no order of lists, and its users do not show their groups. One at a time: SCIMMY keeps what was
 * declared for the whole process.
 */
export async function scimmy(): Promise<Peer> {
  const { User, Group } = SCIMMY.Resources;
  if (SCIMMY.Resources.declared(User) === false) {
    SCIMMY.Resources.declare(User.extend(SCIMMY.Schemas.EnterpriseUser, false));
    SCIMMY.Resources.declare(Group);
  }
  const users = handlers('userName');
  User.ingress(users.ingress).egress(users.egress).degress(users.degress);
  const groups = handlers(undefined);
  Group.ingress(groups.ingress).egress(groups.egress).degress(groups.degress);
  SCIMMY.Config.set({ patch: true, filter: true, sort: true });

  const app = new ExpressAdapter().getInstance();
  const handler = (request: { header(name: string): string | undefined }) => {
    if (request.header('authorization') !== `Bearer ${KEY}`) throw new Error('unknown key');
    return 'client';
  };
  app.use('/scim', new SCIMMYRouters({ type: 'bearer', handler }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/scim`,
    key: KEY,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What SCIMMY leaves to whoever uses it: to keep resources, and to see that names are not shared. */
function handlers(unique: string | undefined) {
  const kept = new Map<string, Kept>();
  const nameOf = (one: Record<string, unknown>) => String(unique && one[unique]).toLowerCase();
  return {
    ingress: (resource: { id?: string }, instance: object) => {
      const sent = JSON.parse(JSON.stringify(instance)) as Record<string, unknown>;
      const { id = randomUUID() } = resource;
      const before = kept.get(id);
      if (resource.id !== undefined && before === undefined) throw new Error('not found');
      const others = [...kept.values()].filter((one) => one.id !== id);
      if (unique !== undefined && others.some((one) => nameOf(one) === nameOf(sent))) {
        throw new SCIMMY.Types.Error(409, 'uniqueness', `${unique} is taken`);
      }
      const now = new Date();
      const meta = { created: now, ...(before?.meta as object | undefined), lastModified: now };
      const after = { ...sent, id, meta };
      kept.set(id, after);
      return after as never;
    },
    egress: ({ id, filter }: { id?: string; filter?: { match(values: unknown[]): unknown[] } }) => {
      if (id === undefined) {
        const all = [...kept.values()];
        return (filter === undefined ? all : filter.match(all)) as never;
      }
      const found = kept.get(id);
      if (found === undefined) throw new Error('not found');
      return found as never;
    },
    degress: ({ id }: { id?: string }) => {
      if (id === undefined || !kept.delete(id)) throw new Error('not found');
    },
  };
}
