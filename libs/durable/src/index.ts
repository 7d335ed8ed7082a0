export { Age } from './age.js';
export * from './disk.js';
export { FolderLock, type FolderLockOptions, type Tenure } from './folder-lock.js';
export { checkPrivateFolder, type FolderName, preparePrivateFolders } from './private-folder.js';
export { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';
export { Serial } from './serial.js';
export { HangError, within } from './within.js';
