import { startMariaDb } from '../../../test/support/databases.js';
import { whyNot } from '../../../test/support/scratch.js';
import { serverConformance } from './testing/conformance.js';

serverConformance('MariaDB', whyNot('mariadb-install-db', 'mariadbd'), startMariaDb);
