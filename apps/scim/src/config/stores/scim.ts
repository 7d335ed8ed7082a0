import { isObject } from '#scim';
import { peerOf } from '../peer.js';
import { readPublicUrl } from '../values.js';
import { Choice, fromJson, Parsed, Secret, Text, WholeNumber } from '../variables/kinds.js';
import { defineStore, withoutSecrets } from './store.js';

/** Another SCIM server, and what opens it. */
interface Upstream {
  readonly url: string;
  readonly credentials:
    | { readonly key: string }
    | { readonly tokenUrl: string; readonly clientId: string; readonly clientSecret: string };
}

const TENANTS =
  'a JSON object of tenants, like {"acme": {"url": "https://…", "key": "…"}}, or with "tokenUrl", "clientId" and "clientSecret"';

/** All of them may be spelled `SCIM_FORWARD_…` as well. */
export class ScimVariables {
  /** Keep resources in another SCIM server: its base address. */
  @Parsed('an address like https://scim.example.org/v2', readPublicUrl)
  FORWARD_SCIM_URL = '';

  /** Key for it, sent as `Authorization: Bearer`; else the first of API_KEY. */
  @Secret()
  @Text()
  FORWARD_SCIM_KEY?: string;

  /** Where to get tokens by OAuth's client credentials instead. */
  @Parsed('an address like https://login.example.org/token', readTokenUrl)
  FORWARD_SCIM_TOKEN_URL?: string;

  /** Name of the client there. */
  @Text()
  FORWARD_SCIM_CLIENT_ID?: string;

  /** Its secret. */
  @Secret()
  @Text()
  FORWARD_SCIM_CLIENT_SECRET?: string;

  /** What becomes of attributes that the other server has no schema for. */
  @Choice(['refuse', 'drop'])
  FORWARD_SCIM_UNKNOWN: 'refuse' | 'drop' = 'refuse';

  /** Other servers of further tenants, by name of the tenant. */
  @Secret()
  @Parsed(TENANTS, fromJson(readUpstreams))
  FORWARD_SCIM_TENANTS: Readonly<Record<string, Upstream>> = {};

  /** Most requests to the other server at once, for each tenant. */
  @WholeNumber(1, 1000)
  FORWARD_SCIM_CONCURRENCY = 16;
}

/** Another SCIM server. */
export const scimStore = defineStore({
  name: 'upstream SCIM',
  variables: ScimVariables,
  chosenBy: 'FORWARD_SCIM_URL',
  settings: (variables, report, environment) => {
    const { FORWARD_SCIM_TOKEN_URL: tokenUrl, FORWARD_SCIM_CLIENT_ID: clientId } = variables;
    const clientSecret = variables.FORWARD_SCIM_CLIENT_SECRET;
    const stated = [tokenUrl, clientId, clientSecret].filter((one) => one !== undefined).length;
    if (stated !== 0 && stated !== 3) {
      const names = 'FORWARD_SCIM_CLIENT_ID and FORWARD_SCIM_CLIENT_SECRET';
      report('FORWARD_SCIM_TOKEN_URL', `goes together with ${names}`);
    }
    // As the reference does, whose default key this is too.
    const key =
      variables.FORWARD_SCIM_KEY ?? environment.API_KEY?.split(',')[0]?.trim() ?? 'secret';
    const oauth = {
      tokenUrl: tokenUrl ?? '',
      clientId: clientId ?? '',
      clientSecret: clientSecret ?? '',
    };
    const own: Upstream = {
      url: variables.FORWARD_SCIM_URL,
      credentials: stated === 3 ? oauth : { key },
    };
    return Object.freeze({
      own,
      tenants: variables.FORWARD_SCIM_TENANTS,
      unknown: variables.FORWARD_SCIM_UNKNOWN,
      concurrency: variables.FORWARD_SCIM_CONCURRENCY,
    });
  },
  takesPasswords: true,
  peers: ({ own: { url } }) =>
    URL.canParse(url) ? [peerOf('The upstream SCIM server', url, 'https:')] : [],
  place: ({ own }) => withoutSecrets(own.url),
  guarantees: 'what the upstream server promises; events in a journal',
  module: async ({ own, tenants, ...settings }, { name, isDefault, logger, via, observe }) => {
    const { ScimModule } = await import('#backend-scim');
    const upstream = isDefault ? own : tenants[name];
    // Two tenants in one place would see each other's users.
    if (upstream === undefined) {
      throw new Error(`FORWARD_SCIM_TENANTS has no server for the tenant "${name}".`);
    }
    return ScimModule.register({
      ...upstream,
      ...settings,
      via,
      observe,
      report: (message) => logger.warn(message),
    });
  },
});

function readTokenUrl(text: string): string | undefined {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}

function readUpstreams(value: unknown): Readonly<Record<string, Upstream>> | undefined {
  if (!isObject(value)) return undefined;
  const tenants = Object.entries(value).flatMap(([name, stated]): [string, Upstream][] => {
    const upstream = readUpstream(stated);
    return upstream === undefined ? [] : [[name, upstream]];
  });
  return tenants.length === Object.keys(value).length ? Object.fromEntries(tenants) : undefined;
}

function readUpstream(value: unknown): Upstream | undefined {
  if (!isObject(value) || typeof value.url !== 'string') return undefined;
  const url = readPublicUrl(value.url);
  const { key, tokenUrl, clientId, clientSecret } = value;
  if (url === undefined) return undefined;
  if (typeof key === 'string' && key !== '') return { url, credentials: { key } };
  if (typeof tokenUrl !== 'string' || readTokenUrl(tokenUrl) === undefined) return undefined;
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') return undefined;
  return { url, credentials: { tokenUrl, clientId, clientSecret } };
}
