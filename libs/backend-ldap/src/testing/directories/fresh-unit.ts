import { randomUUID } from 'node:crypto';
import { connect } from '../../port/connect.js';
import { openLdapts } from '../../port/ldapts.connection.js';
import type { RunningDirectory } from './directory-server.js';

/** Makes a unit that nothing stands in, and tells its name. */
export async function freshUnit(server: RunningDirectory): Promise<string> {
  const { port, userName, password } = server;
  const connection = await connect(openLdapts, {
    server: { secure: false, host: '127.0.0.1', port },
    ...{ startTls: false, ca: undefined, userName, password },
    ...{ connectTimeout: 30_000, timeout: 30_000 },
  });
  const unit = `run-${randomUUID()}`;
  const name = `ou=${unit},${server.baseName}`;
  const attributes = new Map([
    ['objectClass', [Buffer.from('organizationalUnit')]],
    ['ou', [Buffer.from(unit)]],
  ]);
  await connection.add(name, attributes, []);
  connection.close();
  return name;
}
