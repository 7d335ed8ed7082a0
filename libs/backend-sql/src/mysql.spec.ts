import { providedMySql } from '../../../test/support/mysql.js';
import { serverConformance } from './testing/conformance.js';

/** `npm run test:mysql` brings a server and names it. */
const { MYSQL_TEST_URL } = process.env;
const reason = MYSQL_TEST_URL === undefined ? 'MYSQL_TEST_URL names no server' : undefined;

serverConformance('MySQL', reason, async () => providedMySql(MYSQL_TEST_URL ?? ''), false);
