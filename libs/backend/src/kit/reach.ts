import type { ResourceType } from '#scim';
import type { Connector } from '../contract.js';

/** Finds out whether a store would open; one that cannot tell is opened and closed. */
export async function reach(connector: Connector, types: readonly ResourceType[]): Promise<void> {
  if (connector.reach !== undefined) return connector.reach(types);
  await (await connector.open(types)).close();
}
