import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe } from 'vitest';
import type { Backend } from '#backend';
import { ScimConnector } from '#backend-scim';
import { backendConformance, NEXT_SCHEMAS } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { removeFolder, scratchFolder } from '../support/scratch.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';

/** The suite of all stores, on this service itself with flat files as the server forwarded to. */
function conformance(): Parameters<typeof backendConformance>[1] {
  let service: Service | undefined;
  const schemas = scratchFolder('scim-schemas-');
  for (const [path, content] of Object.entries(NEXT_SCHEMAS)) {
    mkdirSync(dirname(join(schemas, path)), { recursive: true });
    writeFileSync(join(schemas, path), JSON.stringify(content));
  }
  afterAll(() => removeFolder(schemas));
  const open = async (types: readonly ResourceType[]): Promise<Backend> => {
    if (service === undefined) throw new Error('no server');
    const options = { url: service.url, credentials: { key: TEST_KEY } };
    return new ScimConnector({ ...options, backoff: 1, coolDown: 0 }).open(types);
  };
  return {
    open: async (types) => {
      // It has the schemas of both releases that the suite tries.
      service = await startService({ SCHEMA_PATH: schemas });
      return open(types);
    },
    reopen: open,
    remove: async () => service?.close(),
  };
}

describe('R-460 the upstream backend', () => {
  backendConformance('on this service with flat files', conformance());
});
