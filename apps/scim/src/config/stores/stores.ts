import { fileStore } from './file.js';
import { jumpCloudStore } from './jumpcloud.js';
import { ldapStore } from './ldap.js';
import { mongoStore } from './mongo.js';
import { sqlStore } from './sql.js';
import type { StoreKind } from './store.js';

/** Every kind of store. The first that the environment asks for is used, as in the reference. */
export const STORES: readonly StoreKind[] = [
  ldapStore,
  mongoStore,
  sqlStore,
  jumpCloudStore,
  fileStore,
];

/** Variables of stores that this version does not have: flat files must not be used quietly instead. */
export const UNSUPPORTED: readonly string[] = ['FORWARD_SCIM_URL', 'SCIM_FORWARD_URL'];
