import { isArray, isObject, type Json, type JsonObject, type ResourceType } from '#scim';
import type { UpstreamApi } from './upstream.api.js';

/** What the other server says that it does. */
export interface Features {
  readonly patch: boolean;
  readonly filter: boolean;
  readonly sort: boolean;
  readonly etag: boolean;
  /** How lists are paged: by index unless the server offers cursors only (RFC 9865 §4). */
  readonly paging: 'index' | 'cursor';
  /** Most resources that one response has. */
  readonly pageSize: number;
}

/** A resource type as the other server has it. */
export interface UpstreamType {
  /** `/Users` */
  readonly endpoint: string;
  /** Names of attributes and URNs of extensions with their attributes, in lower case; undefined: unknown. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/** The other server, as its discovery documents describe it (RFC 7644 §4). */
export interface Discovery {
  readonly features: Features;
  /** By name of the resource type here. */
  readonly types: ReadonlyMap<string, UpstreamType>;
}

/** Resources in one request for a list. */
const PAGE = 100;
/** Attributes that every resource has, whatever its schema says (RFC 7643 §3.1). */
const COMMON = ['id', 'externalid', 'meta', 'schemas'];

/** @throws Error naming a resource type that the other server does not have */
export async function discover(
  api: UpstreamApi,
  types: readonly ResourceType[],
): Promise<Discovery> {
  const [config, typeList, schemaList] = await Promise.all([
    api.discovery('/ServiceProviderConfig'),
    api.discovery('/ResourceTypes'),
    api.discovery('/Schemas'),
  ]);
  const theirs = resourcesOf(typeList);
  const schemas = new Map(resourcesOf(schemaList).map((one) => [lower(one.id), one]));
  const found = types.map((type): [string, UpstreamType] => {
    const their =
      theirs.find(({ schema }) => lower(schema) === type.schema.id.toLowerCase()) ??
      theirs.find(({ name }) => name === type.name);
    if (their === undefined && theirs.length > 0) {
      throw new Error(
        `The upstream server has no ${type.name}: take it out of SCHEMA_PATH, or choose another store.`,
      );
    }
    const endpoint = typeof their?.endpoint === 'string' ? pathOf(their.endpoint) : type.endpoint;
    return [type.name, { endpoint, known: knownOf(type, their, schemas) }];
  });
  return { features: featuresOf(config ?? {}), types: new Map(found) };
}

function featuresOf(config: JsonObject): Features {
  const { filter, pagination } = config;
  const most = isObject(filter) ? filter.maxResults : undefined;
  const paging = isObject(pagination) ? pagination : {};
  return {
    patch: supported(config.patch),
    filter: supported(filter),
    sort: supported(config.sort),
    etag: supported(config.etag),
    paging: paging.cursor === true && paging.index === false ? 'cursor' : 'index',
    pageSize: typeof most === 'number' && most > 0 ? Math.min(most, PAGE) : PAGE,
  };
}

function supported(feature: Json | undefined): boolean {
  return isObject(feature) && feature.supported === true;
}

function knownOf(
  type: ResourceType,
  their: JsonObject | undefined,
  schemas: ReadonlyMap<string, JsonObject>,
): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const base = schemas.get(lower(their?.schema ?? type.schema.id));
  if (base === undefined) return undefined;
  const known = new Map<string, ReadonlySet<string>>();
  for (const name of [...COMMON, ...namesOf(base)]) known.set(name, new Set());
  const stated = isArray(their?.schemaExtensions) ? their.schemaExtensions : undefined;
  const urns = stated?.map((one) => lower(isObject(one) ? one.schema : undefined));
  for (const [urn, schema] of schemas) {
    if (schema !== base && (urns?.includes(urn) ?? true)) known.set(urn, new Set(namesOf(schema)));
  }
  return known;
}

function namesOf({ attributes }: JsonObject): readonly string[] {
  return (isArray(attributes) ? attributes : []).map((one) =>
    lower(isObject(one) ? one.name : undefined),
  );
}

/** Some servers answer with a list of RFC 7644 §3.4.2, some with a bare array within it. */
function resourcesOf(list: JsonObject | undefined): readonly JsonObject[] {
  return isArray(list?.Resources) ? list.Resources.filter(isObject) : [];
}

function pathOf(endpoint: string): string {
  const path = URL.canParse(endpoint) ? new URL(endpoint).pathname : endpoint;
  return `/${
    path
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .at(-1) ?? ''
  }`;
}

function lower(value: Json | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}
