import { createRepositories, type Repository } from '#backend';
import { groupType, registry, userType } from '#backend-testkit';
import { JumpCloudConnector, type JumpCloudOptions } from '../index.js';
import { FakeJumpCloud } from './fake-jumpcloud.js';
import type { Quirks } from './quirks.js';

/** An organisation of the fake, and what the backend makes of it. */
export interface TestOrganisation {
  readonly fake: FakeJumpCloud;
  readonly users: Repository;
  readonly groups: Repository;
  readonly reports: readonly string[];
  remove(): Promise<void>;
}

export async function testOrganisation(
  quirks?: Quirks,
  options: Partial<JumpCloudOptions> = {},
  prepare: (fake: FakeJumpCloud) => void = () => undefined,
): Promise<TestOrganisation> {
  const fake = await FakeJumpCloud.start(quirks, options.organisation);
  prepare(fake);
  const reports: string[] = [];
  const backend = await new JumpCloudConnector({
    url: fake.url,
    key: fake.key,
    backoff: 1,
    coolDown: 1,
    report: (message) => reports.push(message),
    ...options,
  }).open(registry.types);
  const repositories = createRepositories(backend, registry);
  const of = (name: string): Repository => {
    const found = repositories.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  fake.takeCalls();
  return {
    fake,
    users: of(userType.name),
    groups: of(groupType.name),
    reports,
    remove: async () => {
      await backend.close();
      await fake.stop();
    },
  };
}
