export { JumpCloudConnector } from './jumpcloud.connector.js';
export { JumpCloudModule } from './jumpcloud.module.js';
export type { JumpCloudOptions } from './jumpcloud.options.js';
