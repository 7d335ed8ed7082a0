import { isObject } from '#scim';
import { peerOf } from '../peer.js';
import { readPublicUrl } from '../values.js';
import { fromJson, Parsed, Secret, Text, WholeNumber } from '../variables/kinds.js';
import { defineStore, withoutSecrets } from './store.js';

/** An organisation of JumpCloud. */
interface Organisation {
  readonly key: string;
  /** Its id, for keys of administrators of several. */
  readonly organisation: string | undefined;
}

const TENANTS = 'a JSON object of tenants, like {"acme": {"key": "…", "org": "…"}}';

export class JumpCloudVariables {
  /** Keep users and groups in JumpCloud: https://console.jumpcloud.com, or that of a region. */
  @Parsed('an address like https://console.jumpcloud.com', readPublicUrl)
  JUMPCLOUD_URL = '';

  /** API key of an administrator. */
  @Secret()
  @Text()
  JUMPCLOUD_KEY?: string;

  /** Id of the organisation, for keys of administrators of several. */
  @Text()
  JUMPCLOUD_ORG?: string;

  /** Organisations of further tenants, by name of the tenant. */
  @Secret()
  @Parsed(TENANTS, fromJson(readOrganisations))
  JUMPCLOUD_TENANTS: Readonly<Record<string, Organisation>> = {};

  /** Most requests to JumpCloud at once, for each tenant. */
  @WholeNumber(1, 100)
  JUMPCLOUD_CONCURRENCY = 8;
}

/** Users and groups of JumpCloud. */
export const jumpCloudStore = defineStore({
  name: 'JumpCloud',
  variables: JumpCloudVariables,
  chosenBy: 'JUMPCLOUD_URL',
  settings: (variables, report) => {
    const { JUMPCLOUD_URL: url, JUMPCLOUD_KEY: key = '', JUMPCLOUD_ORG: organisation } = variables;
    if (key === '') report('JUMPCLOUD_KEY', 'must be set with JUMPCLOUD_URL');
    return Object.freeze({
      url,
      own: { key, organisation } as Organisation,
      tenants: variables.JUMPCLOUD_TENANTS,
      concurrency: variables.JUMPCLOUD_CONCURRENCY,
    });
  },
  takesPasswords: true,
  peers: ({ url }) => (URL.canParse(url) ? [peerOf('JumpCloud', url, 'https:')] : []),
  place: ({ url }) => withoutSecrets(url),
  guarantees: 'one process; versions are compared before a write; events in a journal',
  module: async (
    { url, own, tenants, concurrency },
    { name, isDefault, passwords, logger, observe },
  ) => {
    const { JumpCloudModule } = await import('#backend-jumpcloud');
    const place = isDefault ? own : tenants[name];
    // Two tenants in one organisation would see each other's users.
    if (place === undefined) {
      throw new Error(`JUMPCLOUD_TENANTS has no organisation for the tenant "${name}".`);
    }
    const { key, organisation } = place;
    return JumpCloudModule.register({
      url,
      key,
      concurrency,
      passwords,
      observe,
      ...(organisation === undefined ? {} : { organisation }),
      report: (message) => logger.warn(message),
    });
  },
});

function readOrganisations(value: unknown): Readonly<Record<string, Organisation>> | undefined {
  if (!isObject(value)) return undefined;
  const tenants = Object.entries(value).flatMap(([name, stated]): [string, Organisation][] => {
    if (!isObject(stated) || typeof stated.key !== 'string' || stated.key === '') return [];
    const { key, org } = stated;
    if (org !== undefined && typeof org !== 'string') return [];
    return [[name, { key, organisation: org }]];
  });
  return tenants.length === Object.keys(value).length ? Object.fromEntries(tenants) : undefined;
}
