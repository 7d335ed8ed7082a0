import { FolderLock } from '../folder-lock.js';

/** Takes the lock that it is given, says so, and keeps it until it is killed. */
const [, , path = ''] = process.argv;
const lock = new FolderLock({ path, heartbeatEvery: 1_000, refusal: (who) => `in use by ${who}` });
await lock.acquire();
console.log(`held by ${process.pid}`);
setInterval(() => undefined, 1_000_000);
