import { join } from 'node:path';
import { Text } from '../variables/kinds.js';
import { defineStore } from './store.js';

export class FileVariables {
  /** Folder of the flat files, and of what the service keeps for itself with any store. */
  @Text()
  DATA_PATH = '/tmp';
}

/** Default of the reference, which is emptied when the machine starts. */
const TEMPORARY = '/tmp';
const TEMPORARY_WARNING = 'The data are kept in /tmp, which the system may empty: set DATA_PATH.';

/** One JSON file for each resource, served from memory. */
export const fileStore = defineStore({
  name: 'flat files',
  variables: FileVariables,
  settings: ({ DATA_PATH }) => Object.freeze({ dataPath: DATA_PATH }),
  place: ({ dataPath }) => dataPath,
  guarantees: 'one process; a write is on the disk before it is answered; events in a journal',
  module: async (settings, { name, isDefault, logger, noticed, readOnly = false }) => {
    const { FileModule } = await import('#backend-file');
    if (settings.dataPath === TEMPORARY) logger.warn(TEMPORARY_WARNING);
    const dataPath = isDefault ? settings.dataPath : join(settings.dataPath, 'tenants', name);
    return FileModule.register({
      dataPath,
      readOnly,
      report: ({ kind, path, message, cause }) => {
        noticed?.(kind);
        logger.warn({ kind, path: join(dataPath, path), err: cause }, message);
      },
    });
  },
});
