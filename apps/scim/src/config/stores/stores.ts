import { fileStore } from './file.js';
import { jumpCloudStore } from './jumpcloud.js';
import { ldapStore } from './ldap.js';
import { mongoStore } from './mongo.js';
import { scimStore } from './scim.js';
import { sqlStore } from './sql.js';
import type { StoreKind } from './store.js';

/** Every kind of store. The first that the environment asks for is used, as in the reference. */
export const STORES: readonly StoreKind[] = [
  ldapStore,
  mongoStore,
  sqlStore,
  jumpCloudStore,
  scimStore,
  fileStore,
];
