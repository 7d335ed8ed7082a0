import type { JsonObject } from '../json.js';
import { SchemaUrn } from '../urns.js';

/** One way to authenticate (RFC 7643 §5). */
export interface AuthenticationScheme extends JsonObject {
  readonly type: 'oauth' | 'oauth2' | 'oauthbearertoken' | 'httpbasic' | 'httpdigest';
  readonly name: string;
  readonly description: string;
  readonly specUri?: string;
  readonly documentationUri?: string;
  readonly primary?: boolean;
}

/** What the service does and how far; every value must be true of it (RFC 7644 §4). */
export interface ServiceFeatures {
  readonly documentationUri?: string;
  readonly patch: boolean;
  readonly bulk: {
    readonly supported: boolean;
    readonly maxOperations: number;
    /** Bytes. */
    readonly maxPayloadSize: number;
  };
  readonly filter: { readonly supported: boolean; readonly maxResults: number };
  readonly changePassword: boolean;
  readonly sort: boolean;
  readonly etag: boolean;
  /** RFC 9865 §4. */
  readonly pagination: {
    readonly cursor: boolean;
    readonly index: boolean;
    readonly defaultPaginationMethod: 'cursor' | 'index';
    readonly defaultPageSize: number;
    readonly maxPageSize: number;
    /** Seconds. */
    readonly cursorTimeout?: number;
  };
  readonly authenticationSchemes: readonly AuthenticationScheme[];
}

/**
 * The ServiceProviderConfig resource (RFC 7643 §5).
 * @param base SCIM base without a slash at the end; empty for relative locations
 */
export function serviceProviderConfig(features: ServiceFeatures, base: string): JsonObject {
  const { documentationUri } = features;
  return {
    schemas: [SchemaUrn.ServiceProviderConfig],
    ...(documentationUri === undefined ? {} : { documentationUri }),
    patch: { supported: features.patch },
    bulk: { ...features.bulk },
    filter: { ...features.filter },
    changePassword: { supported: features.changePassword },
    sort: { supported: features.sort },
    etag: { supported: features.etag },
    pagination: { ...features.pagination },
    authenticationSchemes: features.authenticationSchemes,
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${base}/ServiceProviderConfig`,
    },
  };
}
