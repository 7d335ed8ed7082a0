import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import type { LdapBackend } from '../../ldap.backend.js';
import { LdapConnector } from '../../ldap.connector.js';
import type { LdapBackendOptions, LdapLayoutName } from '../../ldap.options.js';
import { runningDirectory } from './directory-server.js';
import { Line } from './line.js';

const server = runningDirectory();
let units = 0;

for (const layout of server.layouts) {
  backendConformance(`${server.name}, ${layout} layout`, suiteOn(layout));
}

function open(
  over: Partial<LdapBackendOptions>,
  types: readonly ResourceType[] = [],
): Promise<LdapBackend> {
  const options: LdapBackendOptions = {
    servers: [{ secure: false, host: '127.0.0.1', port: server.port }],
    baseName: server.baseName,
    userName: server.userName,
    password: server.password,
    ...over,
  };
  return new LdapConnector(options).open(types);
}

/** Each concern gets a unit of its own, and a line that can be cut. */
function suiteOn(layout: LdapLayoutName): Parameters<typeof backendConformance>[1] {
  let line: Line | undefined;
  let unit = '';
  const opened = (types: readonly ResourceType[]): Promise<LdapBackend> => {
    const port = line?.port ?? server.port;
    return open({ servers: [{ secure: false, host: '127.0.0.1', port }], layout, unit }, types);
  };
  return {
    ...(server.largeGroup === undefined ? {} : { largeGroup: server.largeGroup }),
    open: async (types) => {
      line = new Line(server.port);
      await line.up();
      unit = `kit-${layout}-${++units}`;
      return opened(types);
    },
    reopen: opened,
    beside: opened,
    away: {
      stop: async () => line?.cut(),
      start: async () => line?.up(),
    },
    remove: async () => {
      await line?.cut();
      line = undefined;
    },
  };
}
