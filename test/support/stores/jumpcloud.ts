import { FakeJumpCloud } from '../../../libs/backend-jumpcloud/src/testing/fake-jumpcloud.js';
import { OTHERWISE, SEEN } from '../../../libs/backend-jumpcloud/src/testing/quirks.js';
import type { TestStore } from './test-store.js';

/** An organisation of JumpCloud of its own, with what is unknown of it one way or the other. */
export async function jumpCloud(quirks: 'SEEN' | 'OTHERWISE'): Promise<TestStore> {
  const fake = await FakeJumpCloud.start(quirks === 'SEEN' ? SEEN : OTHERWISE);
  return {
    env: { JUMPCLOUD_URL: fake.url, JUMPCLOUD_KEY: fake.key },
    remove: () => fake.stop(),
  };
}
