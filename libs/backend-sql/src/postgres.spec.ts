import { startPostgres } from '../../../test/support/databases.js';
import { whyNot } from '../../../test/support/scratch.js';
import { serverConformance } from './testing/conformance.js';

serverConformance('PostgreSQL', whyNot('initdb', 'postgres'), startPostgres);
