import { connect } from '../../port/connect.js';
import { RESULT } from '../../port/directory.js';
import { openLdapts } from '../../port/ldapts.connection.js';
import { isCode } from '../../port/pool.js';
import type { RunningDirectory } from './directory-server.js';

/** Whether a domain lets somebody in: it takes a principal's name as it is, besides names of entries. */
export async function signIn(
  { port }: RunningDirectory,
  userName: string,
  password: string,
): Promise<boolean> {
  try {
    const line = await connect(openLdapts, {
      server: { secure: false, host: '127.0.0.1', port },
      ...{ startTls: false, ca: undefined, userName, password },
      ...{ connectTimeout: 30_000, timeout: 30_000 },
    });
    line.close();
    return true;
  } catch (error) {
    if (isCode(error, RESULT.invalidCredentials)) return false;
    throw error;
  }
}
