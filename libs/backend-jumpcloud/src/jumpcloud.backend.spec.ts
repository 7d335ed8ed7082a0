import { describe } from 'vitest';
import type { Backend } from '#backend';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { JumpCloudConnector } from './index.js';
import { FakeJumpCloud } from './testing/fake-jumpcloud.js';
import { OTHERWISE, type Quirks, SEEN } from './testing/quirks.js';

type ConformanceOptions = Parameters<typeof backendConformance>[1];

/** Runs the suite on organisations of their own, one for each concern. */
function conformanceOn(quirks: Quirks): ConformanceOptions {
  let fake: FakeJumpCloud | undefined;
  const open = async (types: readonly ResourceType[]): Promise<Backend> => {
    if (fake === undefined) throw new Error('no organisation');
    const { url, key } = fake;
    // Nothing to wait for when it is back: the pause is tried where the client is.
    return new JumpCloudConnector({ url, key, backoff: 1, coolDown: 0 }).open(types);
  };
  return {
    open: async (types) => {
      fake = await FakeJumpCloud.start(quirks);
      return open(types);
    },
    reopen: open,
    away: {
      stop: async () => {
        if (fake !== undefined) fake.fault = () => ({ kind: 'cut' });
      },
      start: async () => {
        if (fake !== undefined) fake.fault = () => undefined;
      },
    },
    remove: async () => fake?.stop(),
  };
}

describe('R-460 the JumpCloud backend', () => {
  backendConformance('as JumpCloud was seen', conformanceOn(SEEN));
  backendConformance('with all that is uncertain the other way', conformanceOn(OTHERWISE));
});
