import { serverConformance } from './testing/conformance.js';

serverConformance('standalone');
