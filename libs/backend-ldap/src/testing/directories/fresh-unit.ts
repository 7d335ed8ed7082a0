import { randomUUID } from 'node:crypto';
import { connect } from '../../port/connect.js';
import type { Connection, Entry } from '../../port/directory.js';
import { openLdapts } from '../../port/ldapts.connection.js';
import type { RunningDirectory } from './directory-server.js';

/** Entries that are looked for at once. */
const PAGE = 500;

/** Makes a unit that nothing stands in, and tells its name. */
export function freshUnit(server: RunningDirectory): Promise<string> {
  return connected(server, async (connection) => {
    const unit = `run-${randomUUID()}`;
    const name = `ou=${unit},${server.baseName}`;
    const attributes = new Map([
      ['objectClass', [Buffer.from('organizationalUnit')]],
      ['ou', [Buffer.from(unit)]],
    ]);
    await connection.add(name, attributes, []);
    return name;
  });
}

/** Takes a unit away with all that stands in it: names may be taken by whoever comes next. */
export function removeUnit(server: RunningDirectory, name: string): Promise<void> {
  return connected(server, async (connection) => {
    const request = { base: name, scope: 'sub', attributes: ['1.1'] } as const;
    const entries: Entry[] = [];
    let cookie: Buffer | undefined;
    do {
      const page = await connection.page(request, PAGE, cookie);
      entries.push(...page.entries);
      cookie = page.cookie;
    } while (cookie !== undefined);
    // What stands in another has a longer name.
    entries.sort((a, b) => b.dn.length - a.dn.length);
    for (const { dn } of entries) await connection.delete(dn);
  });
}

async function connected<T>(
  { port, userName, password }: RunningDirectory,
  action: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(openLdapts, {
    server: { secure: false, host: '127.0.0.1', port },
    ...{ startTls: false, ca: undefined, userName, password },
    ...{ connectTimeout: 30_000, timeout: 30_000 },
  });
  try {
    return await action(connection);
  } finally {
    connection.close();
  }
}
