import { backendModule } from '#backend';
import { FileConnector } from './file.connector.js';
import type { FileBackendOptions } from './file.options.js';

/** Provides the file backend under `BACKEND`: `FileModule.register({ dataPath })`. */
export class FileModule extends backendModule(
  (options: FileBackendOptions) => new FileConnector(options),
) {}
