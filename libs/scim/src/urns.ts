/** URNs that SCIM itself defines (RFC 7643 §10, RFC 7644 §8.2). */
const SCHEMAS = 'urn:ietf:params:scim:schemas';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

export const SchemaUrn = {
  ServiceProviderConfig: `${SCHEMAS}:core:2.0:ServiceProviderConfig`,
  ResourceType: `${SCHEMAS}:core:2.0:ResourceType`,
  Schema: `${SCHEMAS}:core:2.0:Schema`,
} as const;

export const MessageUrn = {
  ListResponse: `${MESSAGES}:ListResponse`,
  SearchRequest: `${MESSAGES}:SearchRequest`,
  PatchOp: `${MESSAGES}:PatchOp`,
  BulkRequest: `${MESSAGES}:BulkRequest`,
  BulkResponse: `${MESSAGES}:BulkResponse`,
  Error: `${MESSAGES}:Error`,
} as const;
