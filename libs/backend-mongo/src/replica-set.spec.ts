import { serverConformance } from './testing/conformance.js';

serverConformance('replica set');
