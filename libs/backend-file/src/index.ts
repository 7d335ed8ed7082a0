export { FileConnector } from './file.connector.js';
export { FileModule } from './file.module.js';
export type { FileBackendOptions, FileProblem } from './file.options.js';
