import { describe } from 'vitest';
import type { Backend } from '#backend';
import { ScimConnector } from '#backend-scim';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { type Service, startService, TEST_KEY } from '../support/service.js';

/** The suite of all stores, on this service itself with flat files as the server forwarded to. */
function conformance(): Parameters<typeof backendConformance>[1] {
  let service: Service | undefined;
  const open = async (types: readonly ResourceType[]): Promise<Backend> => {
    if (service === undefined) throw new Error('no server');
    const options = { url: service.url, credentials: { key: TEST_KEY } };
    return new ScimConnector({ ...options, backoff: 1, coolDown: 0 }).open(types);
  };
  return {
    open: async (types) => {
      service = await startService();
      return open(types);
    },
    reopen: open,
    remove: async () => service?.close(),
  };
}

describe('R-460 the upstream backend', () => {
  backendConformance('on this service with flat files', conformance());
});
