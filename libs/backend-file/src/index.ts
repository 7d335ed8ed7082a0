export { FileBackend } from './file.backend.js';
export { FileModule } from './file.module.js';
export type { FileBackendOptions, FileProblem } from './file.options.js';
